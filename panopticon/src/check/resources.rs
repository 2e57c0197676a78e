//! The values that are provided once, at start-up, and that checks take by reference.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

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
}

/// The provided resources, at most one of each type.
#[derive(Default)]
pub struct Resources {
    /// Each an `Arc<T>` under the type id of its `T`.
    values: HashMap<TypeId, Box<dyn Any + Send + Sync>>,
    /// The names of the types, in the order they were provided.
    type_names: Vec<&'static str>,
}

impl Resources {
    /// Adds a value, or returns false if there is already one of its type, which then stays.
    pub(crate) fn insert<T: ?Sized + Send + Sync + 'static>(&mut self, value: Arc<T>) -> bool {
        let id = TypeId::of::<T>();
        let free = !self.values.contains_key(&id);
        if free {
            self.values.insert(id, Box::new(value));
            self.type_names.push(type_name::<T>());
        }
        free
    }

    /// Returns the provided types that may have been meant: an `Arc<Pool>` or another `Pool` for a
    /// `Pool`.
    pub(crate) fn similar_to(&self, resource: ResourceType) -> Vec<&'static str> {
        let path = resource.name().split('<').next().unwrap_or_default();
        let word = path.rsplit([':', ' ']).next().unwrap_or_default();
        self.type_names.iter().copied().filter(|name| name.contains(word)).collect()
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
