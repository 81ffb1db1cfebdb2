//! The dashboard: the only module that names ratatui and crossterm. State changes only in `update`; drawing is
//! pure.
