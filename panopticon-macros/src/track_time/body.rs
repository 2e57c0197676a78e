//! Where in a function's body its time starts.
//!
//! The body is looked at token by token: parsing it would cost compile time, and all that is to be
//! known of it stands at its two ends.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::Item;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};

/// The body with `statement` as its first one. Where all that the body does in the end is to make
/// a future, and nobody could want to know how long that takes, it is the future's first one.
///
/// Such a function is what `#[async_trait]` (<https://docs.rs/async-trait>) makes of an `async fn`,
/// before the attributes of the function are expanded.
pub(super) fn starting_with(statement: &TokenStream, body: &Group, is_async: bool) -> Group {
    let mut tokens: Vec<TokenTree> = body.stream().into_iter().collect();
    let start = start_of_statements(&tokens);
    let future = if is_async { None } else { future_at_the_end(&tokens[start..]) };
    if let Some(future) = future {
        tokens.pop();
        tokens.push(future.starting_with(statement).into());
    } else {
        tokens.splice(start..start, statement.clone());
    }
    with_tokens(body, tokens)
}

fn with_tokens(group: &Group, tokens: Vec<TokenTree>) -> Group {
    let mut changed = Group::new(group.delimiter(), tokens.into_iter().collect());
    changed.set_span(group.span());
    changed
}

/// How many tokens stand before the first statement that is executed: those of attributes, which
/// must come first, and of items, which would be "items after statements" (`clippy::pedantic`).
fn start_of_statements(tokens: &[TokenTree]) -> usize {
    let mut start = 0;
    while let [TokenTree::Punct(hash), TokenTree::Punct(mark), TokenTree::Group(_), ..] =
        &tokens[start..]
    {
        if hash.as_char() != '#' || mark.as_char() != '!' {
            break;
        }
        start += 3;
    }
    let count_behind_items = |input: ParseStream<'_>| {
        loop {
            let ahead = input.fork();
            match ahead.parse() {
                Ok(item) if !is_macro_call(&item) => input.advance_to(&ahead),
                _ => return Ok(input.parse::<TokenStream>()?.into_iter().count()),
            }
        }
    };
    let rest: TokenStream = tokens[start..].iter().cloned().collect();
    count_behind_items.parse2(rest).map_or(start, |behind| tokens.len() - behind)
}

fn is_macro_call(item: &Item) -> bool {
    matches!(item, Item::Macro(item) if item.ident.is_none())
}

/// The last token of what makes a future.
enum Future {
    /// The braces of `async { … }`.
    Block(Group),
    /// The parentheses of `Box::pin(async { … })`.
    Boxed(Group),
}

impl Future {
    fn starting_with(self, statement: &TokenStream) -> Group {
        let (Self::Block(group) | Self::Boxed(group)) = &self;
        if let Self::Block(block) = &self {
            return starting_with(statement, block, true);
        }
        let inside = group.stream().into_iter().map(|token| match token {
            TokenTree::Group(block) => starting_with(statement, &block, true).into(),
            token => token,
        });
        with_tokens(group, inside.collect())
    }
}

/// The future that is the value of the last expression.
fn future_at_the_end(tokens: &[TokenTree]) -> Option<Future> {
    let (last, before) = tokens.split_last()?;
    let TokenTree::Group(group) = last else {
        return None;
    };
    let (before, future) = match group.delimiter() {
        Delimiter::Brace => (before_async(before)?, Future::Block(group.clone())),
        Delimiter::Parenthesis if is_async_block(group) => {
            (before_box_pin(before)?, Future::Boxed(group.clone()))
        }
        _ => return None,
    };
    // Behind anything else it would be an operand.
    let is_expression = match before.last() {
        None => true,
        Some(TokenTree::Punct(semicolon)) => semicolon.as_char() == ';',
        Some(TokenTree::Group(block)) => block.delimiter() == Delimiter::Brace,
        Some(_) => false,
    };
    is_expression.then_some(future)
}

/// Whether `async { … }` is all that stands in the parentheses.
fn is_async_block(parentheses: &Group) -> bool {
    let tokens: Vec<TokenTree> = parentheses.stream().into_iter().collect();
    let tokens = before_words(&tokens, &[","]).unwrap_or(&tokens);
    match tokens.split_last() {
        Some((TokenTree::Group(block), before)) if block.delimiter() == Delimiter::Brace => {
            before_async(before).is_some_and(<[_]>::is_empty)
        }
        _ => false,
    }
}

/// What stands before `async` or `async move`.
fn before_async(tokens: &[TokenTree]) -> Option<&[TokenTree]> {
    let tokens = before_words(tokens, &["move"]).unwrap_or(tokens);
    before_words(tokens, &["async"])
}

/// What stands before `Box::pin`, or that with the path to it.
fn before_box_pin(tokens: &[TokenTree]) -> Option<&[TokenTree]> {
    let before_box = before_words(tokens, &["Box", ":", ":", "pin"])?;
    let Some(before) = before_words(before_box, &["boxed", ":", ":"]) else {
        return Some(before_box);
    };
    let before = before_words(before, &["std", ":", ":"])
        .or_else(|| before_words(before, &["alloc", ":", ":"]))?;
    Some(before_words(before, &[":", ":"]).unwrap_or(before))
}

/// What stands before `words`, if they are the last tokens.
fn before_words<'a>(tokens: &'a [TokenTree], words: &[&str]) -> Option<&'a [TokenTree]> {
    let (before, last) = tokens.split_at_checked(tokens.len().checked_sub(words.len())?)?;
    let is_word = |(token, word): (&TokenTree, &&str)| match token {
        TokenTree::Ident(token) => token == *word,
        TokenTree::Punct(token) => word.chars().eq([token.as_char()]),
        _ => false,
    };
    last.iter().zip(words).all(is_word).then_some(before)
}
