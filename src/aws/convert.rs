//! What every collector converts: tags, enums, times.

use crate::model::Tag;

/// The name of an SDK enum's value, as AWS writes it; one the SDK does not know keeps its name.
pub(super) fn text(value: Option<impl AsRef<str>>) -> Option<String> {
    value.map(|value| value.as_ref().to_owned())
}

/// A time as AWS's command line prints it.
pub(super) fn time(at: Option<aws_smithy_types::DateTime>) -> Option<String> {
    use aws_smithy_types::date_time::Format;
    at.and_then(|at| at.fmt(Format::DateTime).ok())
}

/// Every item of a list, which AWS leaves out when it is empty.
pub(super) fn each<A, B>(list: Option<Vec<A>>, convert: impl FnMut(A) -> B) -> Vec<B> {
    list.into_iter().flatten().map(convert).collect()
}

/// A list of ids of ours from the SDK's list of strings.
pub(super) fn ids<T: From<String>>(list: Option<Vec<String>>) -> Vec<T> {
    list.into_iter().flatten().map(T::from).collect()
}

/// Tags of whichever service.
pub(super) fn tags<T: Into<Pair>>(list: Option<Vec<T>>) -> Vec<Tag> {
    let pairs = list.into_iter().flatten().map(Into::into);
    pairs.map(|pair: Pair| Tag::new(pair.key.unwrap_or_default(), pair.value.unwrap_or_default())).collect()
}

/// Tags of services that keep them as one map, by key.
pub(super) fn mapped_tags(map: Option<impl IntoIterator<Item = (String, String)>>) -> Vec<Tag> {
    let mut tags: Vec<_> = map.into_iter().flatten().map(|(key, value)| Tag { key, value }).collect();
    tags.sort();
    tags
}

/// The two halves of a tag of the SDK; each service has its own type for them.
pub(super) struct Pair {
    key: Option<String>,
    value: Option<String>,
}

macro_rules! pairs {
    ($($tag:path),+ $(,)?) => {$(
        impl From<$tag> for Pair {
            fn from(tag: $tag) -> Self {
                Self { key: tag.key.into(), value: tag.value.into() }
            }
        }
    )+};
}
pairs!(
    aws_sdk_autoscaling::types::TagDescription,
    aws_sdk_cloudfront::types::Tag,
    aws_sdk_cloudwatch::types::Tag,
    aws_sdk_ec2::types::Tag,
    aws_sdk_ecs::types::Tag,
    aws_sdk_elasticache::types::Tag,
    aws_sdk_elasticloadbalancing::types::Tag,
    aws_sdk_elasticloadbalancingv2::types::Tag,
    aws_sdk_opensearch::types::Tag,
    aws_sdk_rds::types::Tag,
    aws_sdk_route53::types::Tag,
    aws_sdk_s3::types::Tag,
);
