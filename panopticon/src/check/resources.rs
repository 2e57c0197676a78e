//! The values that are provided once, at start-up, and that checks take by reference.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::source_location::SourceLocation;

/// The type of a resource that a health check takes.
#[derive(Debug, Clone, Copy)]
pub struct ResourceType {
    // Functions, since neither of the two is a `const fn` in the oldest supported Rust.
    type_id: fn() -> TypeId,
    type_name: fn() -> &'static str,
    /// The type as the health check's source has it, which is seldom the compiler's name for it.
    written: &'static str,
    /// Whether the check runs without it, too.
    is_optional: bool,
}

impl ResourceType {
    /// Returns the resource type `T`, written like this in the source.
    #[must_use]
    pub const fn of<T: ?Sized + Send + Sync + 'static>(written: &'static str) -> Self {
        Self { type_id: TypeId::of::<T>, type_name: type_name::<T>, written, is_optional: false }
    }

    /// Marks the resource as one that the check can run without.
    #[must_use]
    pub const fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }

    pub(crate) fn id(self) -> TypeId {
        (self.type_id)()
    }

    pub(crate) fn name(self) -> &'static str {
        (self.type_name)()
    }

    pub(crate) fn is_optional(self) -> bool {
        self.is_optional
    }

    pub(crate) fn written(self) -> &'static str {
        self.written
    }

    /// Returns the type of a parameter that takes, in the same way, what is called `written`.
    pub(crate) fn parameter(self, written: &str) -> String {
        if self.is_optional { format!("Option<&{written}>") } else { format!("&{written}") }
    }
}

/// The type of a resource that was provided.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProvidedType {
    pub(crate) id: TypeId,
    pub(crate) name: &'static str,
    /// Where it was provided.
    pub(crate) place: SourceLocation,
}

/// The provided resources, at most one of each type.
#[derive(Default)]
pub struct Resources {
    /// Each an `Arc<T>` under the type id of its `T`.
    values: HashMap<TypeId, Box<dyn Any + Send + Sync>>,
    /// The types, in the order they were provided.
    types: Vec<ProvidedType>,
}

impl Resources {
    /// Adds a value.
    ///
    /// # Errors
    ///
    /// If there is already one of its type, which then stays. Returns where that was provided.
    pub(crate) fn insert<T: ?Sized + Send + Sync + 'static>(
        &mut self,
        value: Arc<T>,
        place: SourceLocation,
    ) -> Result<(), SourceLocation> {
        let id = TypeId::of::<T>();
        if let Some(first) = self.types.iter().find(|provided| provided.id == id) {
            return Err(first.place);
        }
        self.values.insert(id, Box::new(value));
        self.types.push(ProvidedType { id, name: type_name::<T>(), place });
        Ok(())
    }

    /// Returns the types that were provided, in that order.
    pub(crate) fn types(&self) -> &[ProvidedType] {
        &self.types
    }

    /// Returns the names of provided types that may have been meant: an `Arc<Pool>` or another
    /// `Pool` for a `Pool`.
    pub(crate) fn similar_to(&self, resource: ResourceType) -> impl Iterator<Item = &'static str> {
        let path = resource.name().split('<').next().unwrap_or_default();
        let word = path.rsplit([':', ' ']).next().unwrap_or_default();
        self.types.iter().map(|provided| provided.name).filter(move |name| name.contains(word))
    }

    pub(crate) fn has(&self, resource: ResourceType) -> bool {
        self.values.contains_key(&resource.id())
    }

    /// Returns the value of type `T`.
    ///
    /// # Panics
    ///
    /// If none was provided. This cannot happen in generated code, because `build()` fails if a
    /// check takes a resource that was not provided.
    #[must_use]
    pub fn get<T: ?Sized + Send + Sync + 'static>(&self) -> &T {
        match self.find() {
            Some(value) => value,
            None => {
                unreachable!("build() fails if a check's `{}` was not provided", type_name::<T>())
            }
        }
    }

    /// Returns the value of type `T`, if one was provided.
    #[must_use]
    pub fn find<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&T> {
        let value = self.values.get(&TypeId::of::<T>())?;
        Some(value.downcast_ref::<Arc<T>>()?)
    }
}

impl fmt::Debug for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the values, which may hold passwords.
        f.debug_struct("Resources").field("count", &self.values.len()).finish_non_exhaustive()
    }
}
