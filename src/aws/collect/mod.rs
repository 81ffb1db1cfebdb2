//! Collectors: one file per resource type, each reading every resource of its type and the gaps.
