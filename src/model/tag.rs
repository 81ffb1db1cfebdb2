//! Tags, which AWS spells in two ways.

use serde::{Deserialize, Serialize};

/// One tag of a resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    /// The key, in its owner's spelling.
    pub key: String,
    /// The value; AWS allows an empty one.
    #[serde(default)]
    pub value: String,
}

impl Tag {
    /// A tag from its two halves.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: key.into(), value: value.into() }
    }

    /// The value of the tag named `key`, whose case does not matter.
    #[must_use]
    pub fn find<'a>(tags: &'a [Tag], key: &str) -> Option<&'a str> {
        tags.iter().find(|tag| tag.key.eq_ignore_ascii_case(key)).map(|tag| tag.value.as_str())
    }
}

/// For services such as API Gateway whose API writes tags as one object: `#[serde(with = "map")]`.
pub mod map {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Tag;

    /// Writes `{"key": "value"}`.
    ///
    /// # Errors
    /// Whatever the serializer reports.
    pub fn serialize<S: Serializer>(tags: &[Tag], serializer: S) -> Result<S::Ok, S::Error> {
        let map: BTreeMap<&str, &str> = tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())).collect();
        map.serialize(serializer)
    }

    /// Reads `{"key": "value"}`.
    ///
    /// # Errors
    /// When the text is not of that shape.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Tag>, D::Error> {
        let map = BTreeMap::<String, String>::deserialize(deserializer)?;
        Ok(map.into_iter().map(|(key, value)| Tag { key, value }).collect())
    }
}

/// For services such as ECS whose API writes `key` and `value` in lower case: `#[serde(with = "camel")]`.
pub mod camel {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Tag;

    #[derive(Serialize, Deserialize)]
    struct Lower {
        key: String,
        #[serde(default)]
        value: String,
    }

    /// Writes `[{"key": ..., "value": ...}]`.
    ///
    /// # Errors
    /// Whatever the serializer reports.
    pub fn serialize<S: Serializer>(tags: &[Tag], serializer: S) -> Result<S::Ok, S::Error> {
        let lower: Vec<_> = tags.iter().map(|t| Lower { key: t.key.clone(), value: t.value.clone() }).collect();
        lower.serialize(serializer)
    }

    /// Reads `[{"key": ..., "value": ...}]`.
    ///
    /// # Errors
    /// When the text is not of that shape.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Tag>, D::Error> {
        let lower = Vec::<Lower>::deserialize(deserializer)?;
        Ok(lower.into_iter().map(|t| Tag { key: t.key, value: t.value }).collect())
    }
}
