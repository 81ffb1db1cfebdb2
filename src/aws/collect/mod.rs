//! Collectors: one file per resource type, each with one function `collect` that reads every resource of its type.
//! What could not be read is noted with the [`Reader`].

mod elbv2;
mod evidence;

use std::collections::BTreeSet;

use futures_util::future::join_all;
use tokio::sync::OnceCell;

use super::reader::Reader;
use crate::model::resource::{self, Resources, for_each_resource};
use crate::model::{Gap, Kind, Scope};

/// What a reading of one account and Region gave.
#[derive(Debug)]
pub struct Collected {
    /// The resources, sorted.
    pub resources: Resources,
    /// The actions whose listing was read to its end.
    pub reads: BTreeSet<String>,
    /// What could not be read, sorted.
    pub gaps: Vec<Gap>,
}

macro_rules! collectors {
    ($($Kind:ident $module:ident $field:ident $collection:literal $scope:ident [$($action:literal),+];)*) => {
        $(mod $module;)*

        /// Each listing of one reading, read once, whoever needs it first.
        #[derive(Debug, Default)]
        pub(super) struct Lists {
            $($field: OnceCell<Vec<resource::$Kind>>,)*
            elbv2: elbv2::Shared,
        }

        impl Reader {
            $(
                #[doc = concat!("`", $collection, "`, for a collector that asks `action` of each of them.")]
                pub async fn $field(&self, action: &'static str) -> &[resource::$Kind] {
                    let list = self.lists.$field.get_or_init(|| $module::collect(self)).await;
                    self.depends(action, Kind::$Kind, list.len());
                    list
                }
            )*

            async fn read(&self, kind: Kind) {
                match kind {
                    $(Kind::$Kind => {
                        self.lists.$field.get_or_init(|| $module::collect(self)).await;
                    })*
                    // Not AWS's: there is nothing to read.
                    Kind::Waiver => {}
                }
            }
        }

        impl From<Lists> for Resources {
            fn from(lists: Lists) -> Self {
                Self { $($field: lists.$field.into_inner().unwrap_or_default(),)* }
            }
        }
    };
}
for_each_resource!(collectors);

/// Reads every resource of a scope, all kinds at once; `done` hears of each kind as it is finished.
pub async fn collect(mut reader: Reader, scope: Scope, done: &(dyn Fn(Kind) + Sync)) -> Collected {
    let kinds: Vec<Kind> = Kind::ALL.iter().copied().filter(|kind| kind.scope() == scope).collect();
    let (every, done) = (&reader, &done);
    join_all(kinds.iter().map(|kind| async move {
        every.read(*kind).await;
        done(*kind);
    }))
    .await;
    let mut resources = Resources::from(std::mem::take(&mut reader.lists));
    resources.sort();
    let (reads, gaps) = reader.finish(&kinds, &resources);
    Collected { resources, reads, gaps }
}
