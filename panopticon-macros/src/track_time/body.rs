//! Where in a function's body its time starts.
//!
//! The body is read token by token: parsing it would cost compile time, and only its two ends
//! matter.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::Item;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};

/// Returns the body with `statement` as its first one. If the body only creates a future, which
/// takes no time worth recording, the statement goes into the future.
///
/// `#[async_trait]` (<https://docs.rs/async-trait>) turns an `async fn` into such a function,
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

/// Returns the number of tokens before the first statement that is executed: those of attributes,
/// which must come first, and of items, which would be "items after statements"
/// (`clippy::pedantic`).
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
    let count_after_items = |input: ParseStream<'_>| {
        loop {
            let ahead = input.fork();
            match ahead.parse() {
                Ok(item) if !is_macro_call(&item) => input.advance_to(&ahead),
                _ => return Ok(input.parse::<TokenStream>()?.into_iter().count()),
            }
        }
    };
    let rest: TokenStream = tokens[start..].iter().cloned().collect();
    count_after_items.parse2(rest).map_or(start, |after| tokens.len() - after)
}

fn is_macro_call(item: &Item) -> bool {
    matches!(item, Item::Macro(item) if item.ident.is_none())
}

/// An expression that creates a future: its last token.
enum FutureExpression {
    /// The braces of `async { … }`.
    Block(Group),
    /// The parentheses of `Box::pin(async { … })`.
    Boxed(Group),
}

impl FutureExpression {
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

/// Returns the last expression, if it creates a future.
fn future_at_the_end(tokens: &[TokenTree]) -> Option<FutureExpression> {
    let (last, before) = tokens.split_last()?;
    let TokenTree::Group(group) = last else {
        return None;
    };
    let (before, future) = match group.delimiter() {
        Delimiter::Brace => (before_async(before)?, FutureExpression::Block(group.clone())),
        Delimiter::Parenthesis if is_async_block(group) => {
            (before_box_pin(before)?, FutureExpression::Boxed(group.clone()))
        }
        _ => return None,
    };
    // After anything else it would be an operand.
    let is_expression = match before.last() {
        None => true,
        Some(TokenTree::Punct(semicolon)) => semicolon.as_char() == ';',
        Some(TokenTree::Group(block)) => block.delimiter() == Delimiter::Brace,
        Some(_) => false,
    };
    is_expression.then_some(future)
}

/// Returns whether the parentheses contain only `async { … }`.
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

/// Returns the tokens before `async` or `async move`.
fn before_async(tokens: &[TokenTree]) -> Option<&[TokenTree]> {
    let tokens = before_words(tokens, &["move"]).unwrap_or(tokens);
    before_words(tokens, &["async"])
}

/// Returns the tokens before `Box::pin`, even if a path leads to it.
fn before_box_pin(tokens: &[TokenTree]) -> Option<&[TokenTree]> {
    let before_box = before_words(tokens, &["Box", ":", ":", "pin"])?;
    let Some(before) = before_words(before_box, &["boxed", ":", ":"]) else {
        return Some(before_box);
    };
    let before = before_words(before, &["std", ":", ":"])
        .or_else(|| before_words(before, &["alloc", ":", ":"]))?;
    Some(before_words(before, &[":", ":"]).unwrap_or(before))
}

/// Returns the tokens before `words`, if these are the last tokens.
fn before_words<'a>(tokens: &'a [TokenTree], words: &[&str]) -> Option<&'a [TokenTree]> {
    let (before, last) = tokens.split_at_checked(tokens.len().checked_sub(words.len())?)?;
    let is_word = |(token, word): (&TokenTree, &&str)| match token {
        TokenTree::Ident(token) => token == *word,
        TokenTree::Punct(token) => word.chars().eq([token.as_char()]),
        _ => false,
    };
    last.iter().zip(words).all(is_word).then_some(before)
}
