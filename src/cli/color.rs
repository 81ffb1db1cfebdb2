//! The flag that says when text is coloured, and what holds without it.

use clap::{Args, ColorChoice};

use crate::config::Variables;

/// When to colour text.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(super) struct ColorArgs {
    /// When to use colours; `auto` asks NO_COLOR, CLICOLOR_FORCE, CLICOLOR and the terminal, in this order
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto)]
    color: ColorChoice,
    /// The same as `--color never`
    #[arg(long, global = true, conflicts_with = "color")]
    no_color: bool,
}

impl ColorArgs {
    /// Whether to colour what is written to a terminal, or to something else.
    pub(super) fn paints(self, variables: &Variables, terminal: bool) -> bool {
        match self.choice() {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if variables.no_color => false,
            ColorChoice::Auto if variables.clicolor_force => true,
            ColorChoice::Auto if variables.clicolor.as_deref() == Some("0") => false,
            ColorChoice::Auto => terminal && variables.term.as_deref() != Some("dumb"),
        }
    }

    fn choice(self) -> ColorChoice {
        if self.no_color { ColorChoice::Never } else { self.color }
    }

    /// Whether the dashboard must do without, given what the variables say.
    #[cfg(feature = "tui")]
    pub(super) fn forbids(self, variables: &Variables) -> bool {
        match self.choice() {
            ColorChoice::Always => false,
            ColorChoice::Never => true,
            ColorChoice::Auto => variables.no_color,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_beats_variables_and_these_the_terminal() {
        let paints = |color: ColorChoice, variables: &Variables, terminal: bool| {
            ColorArgs { color, no_color: false }.paints(variables, terminal)
        };
        let (none, auto) = (Variables::default(), ColorChoice::Auto);
        assert!(paints(auto, &none, true) && !paints(auto, &none, false));
        let no_color = Variables { no_color: true, clicolor_force: true, ..Variables::default() };
        assert!(!paints(auto, &no_color, true) && paints(ColorChoice::Always, &no_color, false));
        let force = Variables { clicolor_force: true, clicolor: Some("0".into()), ..Variables::default() };
        assert!(paints(auto, &force, false) && !paints(ColorChoice::Never, &force, true));
        let off = Variables { clicolor: Some("0".into()), ..Variables::default() };
        assert!(!paints(auto, &off, true));
        let dumb = Variables { term: Some("dumb".into()), ..Variables::default() };
        assert!(!paints(auto, &dumb, true));
    }
}
