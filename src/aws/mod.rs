//! The live account: the only module that names the AWS SDK.

pub mod collect;
