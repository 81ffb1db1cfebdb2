//! Lists that mostly have one element. That one is kept in place, so that it takes no memory of its own; longer lists
//! are shared between copies.

use std::borrow::Borrow;
use std::ops::Deref;
use std::sync::Arc;

/// A list that does not change.
#[derive(Clone, Default)]
pub(super) enum Few<T> {
    /// No element.
    #[default]
    None,
    /// One, in place.
    One([T; 1]),
    /// More.
    More(Arc<[T]>),
}

impl<T> Few<T> {
    /// A list of one.
    pub(super) const fn one(only: T) -> Self {
        Self::One([only])
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::None => &[],
            Self::One(only) => only,
            Self::More(all) => all,
        }
    }
}

impl<'f, T> IntoIterator for &'f Few<T> {
    type Item = &'f T;
    type IntoIter = std::slice::Iter<'f, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> From<Vec<T>> for Few<T> {
    fn from(mut all: Vec<T>) -> Self {
        match all.pop() {
            None => Self::None,
            Some(only) if all.is_empty() => Self::one(only),
            Some(last) => {
                all.push(last);
                Self::More(all.into())
            }
        }
    }
}

impl<T> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(all: I) -> Self {
        let mut all = all.into_iter();
        match (all.next(), all.next()) {
            (None, _) => Self::None,
            (Some(only), None) => Self::one(only),
            (Some(first), Some(second)) => Self::More([first, second].into_iter().chain(all).collect()),
        }
    }
}

impl<T> Borrow<[T]> for Few<T> {
    fn borrow(&self) -> &[T] {
        self
    }
}

impl<T: PartialEq> PartialEq for Few<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for Few<T> {}

impl<T: PartialOrd> PartialOrd for Few<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        (**self).partial_cmp(&**other)
    }
}

impl<T: Ord> Ord for Few<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (**self).cmp(&**other)
    }
}

impl<T: std::hash::Hash> std::hash::Hash for Few<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for Few<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(f)
    }
}
