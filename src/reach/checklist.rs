//! One test per item of the checklist.
