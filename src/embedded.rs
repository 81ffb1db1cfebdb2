//! The files built into the program: rule packs, themes and demo estates (see `build.rs`).

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

#[cfg(test)]
mod tests {
    /// A target directory that was made in one clone serves another one, also when the first is gone.
    #[test]
    fn the_table_names_no_place_of_this_machine() {
        let code = include_str!(concat!(env!("OUT_DIR"), "/embedded.rs"));
        assert!(code.contains("\"/rules/"), "{code}");
        assert!(!code.contains(env!("CARGO_MANIFEST_DIR")), "the place of the clone is written into the table");
    }
}
