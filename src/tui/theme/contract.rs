//! What every theme must keep, so that a state is readable whoever looks and whatever the terminal.

use ratatui::style::Color;

use super::file::ThemeFile;
use super::{Abilities, Colours, Rgb, Role, Theme};

fn files() -> Vec<ThemeFile> {
    let parse = |(path, text): &(&str, &str)| ThemeFile::parse(path, text).expect("an embedded theme is valid");
    crate::embedded::THEMES.iter().map(parse).collect()
}

/// Lines and rules need less contrast than text.
fn needed(role: Role) -> f64 {
    match role {
        Role::Rule | Role::RuleFocused | Role::MetricAxis | Role::MetricThreshold | Role::MetricProvisional => 3.0,
        _ => 4.5,
    }
}

#[test]
fn there_is_a_dark_and_a_light_theme() {
    let themes = Theme::all(Abilities::default()).expect("embedded themes are valid");
    let names: Vec<_> = themes.iter().map(Theme::name).collect();
    assert_eq!(names, ["dusk", "noon"], "the dark one first: it is the default");
    let background = |theme: &Theme| theme.style(Role::Background).bg;
    let dark = |colour| matches!(colour, Some(Color::Rgb(r, g, b)) if Rgb(r, g, b).luminance() < 0.1);
    assert!(dark(background(&themes[0])) && !dark(background(&themes[1])));
}

#[test]
fn every_role_is_readable_on_its_background() {
    for file in files() {
        let base = file.background().expect("checked at parsing");
        for role in Role::ALL {
            let paint = file.style(*role).expect("every role has a look");
            let (Some(fg), bg) = (paint.fg, paint.bg.unwrap_or(base)) else { continue };
            let contrast = fg.contrast(bg);
            assert!(contrast >= needed(*role), "{} {}: contrast {contrast:.2}", file.meta.name, role.key());
        }
    }
}

#[test]
fn states_stay_readable_on_a_selected_row() {
    use Role::{AlarmOk, AlarmRinging, AlarmUnsure, Critical, Dim, Fail, High, Low, Medium, Pass, Text, Unknown};
    for file in files() {
        let selection = file.style(Role::Selection).expect("a look").bg.expect("a selection has a background");
        for role in [AlarmOk, AlarmRinging, AlarmUnsure, Critical, Dim, Fail, High, Low, Medium, Pass, Text, Unknown] {
            let fg = file.style(role).expect("a look").fg.expect("a state has a colour");
            let contrast = fg.contrast(selection);
            assert!(contrast >= 4.5, "{} {}: contrast {contrast:.2}", file.meta.name, role.key());
        }
    }
}

#[test]
fn neighbouring_chart_lines_differ_for_everyone() {
    for file in files() {
        let base = file.background().expect("checked at parsing");
        let series = file.series().expect("a theme has chart colours");
        assert!(series.len() >= 5, "{}", file.meta.name);
        assert!(series.iter().all(|line| line.contrast(base) >= 3.0), "{}", file.meta.name);
        let (first, _) = series.split_at(4);
        let neighbours = series.iter().zip(series.iter().skip(1));
        let pairs = first.iter().flat_map(|a| first.iter().map(move |b| (a, b))).filter(|(a, b)| a != b);
        for (a, b) in neighbours.chain(pairs) {
            for sight in [Sight::Usual, Sight::Protanopia, Sight::Deuteranopia, Sight::Tritanopia] {
                let apart = lab_distance(sight.sees(*a), sight.sees(*b));
                assert!(apart >= 20.0, "{} {sight:?}: {a:?} and {b:?} are {apart:.1} apart", file.meta.name);
            }
        }
    }
}

#[test]
fn without_colours_there_are_none() {
    for theme in Theme::all(Abilities { colours: Colours::None, ascii: false }).expect("valid") {
        for role in Role::ALL {
            let style = theme.style(*role);
            assert_eq!((style.fg, style.bg), (None, None), "{}", role.key());
        }
        assert_eq!(theme.series(0).fg, None);
    }
}

#[test]
fn sixteen_colours_are_the_terminals_own() {
    for theme in Theme::all(Abilities { colours: Colours::Ansi16, ascii: true }).expect("valid") {
        for role in Role::ALL {
            let style = theme.style(*role);
            assert!(!matches!(style.fg, Some(Color::Rgb(..) | Color::Indexed(_))), "{}", role.key());
            assert_eq!(style.bg, None, "{}", role.key());
        }
        assert!(!theme.glyphs().braille);
    }
}

#[derive(Debug, Clone, Copy)]
enum Sight {
    Usual,
    Protanopia,
    Deuteranopia,
    Tritanopia,
}

impl Sight {
    /// Linear RGB as this eye sees it: the matrices of Machado, Oliveira and Fernandes (2009) at full severity.
    fn sees(self, colour: Rgb) -> [f64; 3] {
        let linear = [colour.0, colour.1, colour.2].map(|channel| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        let rows = match self {
            Self::Usual => [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            Self::Protanopia => [
                [0.152_286, 1.052_583, -0.204_868],
                [0.114_503, 0.786_281, 0.099_216],
                [-0.003_882, -0.048_116, 1.051_998],
            ],
            Self::Deuteranopia => [
                [0.367_322, 0.860_646, -0.227_968],
                [0.280_085, 0.672_501, 0.047_413],
                [-0.011_820, 0.042_940, 0.968_881],
            ],
            Self::Tritanopia => [
                [1.255_528, -0.076_749, -0.178_779],
                [-0.078_411, 0.930_809, 0.147_602],
                [0.004_733, 0.691_367, 0.303_900],
            ],
        };
        rows.map(|row| (row[0] * linear[0] + row[1] * linear[1] + row[2] * linear[2]).clamp(0.0, 1.0))
    }
}

/// The distance of two linear RGB colours in CIE L*a*b* (delta E of 1976).
fn lab_distance(one: [f64; 3], other: [f64; 3]) -> f64 {
    let curve = |t: f64| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
    let lab = |[red, green, blue]: [f64; 3]| {
        let x = curve((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.950_47);
        let y = curve(0.2126 * red + 0.7152 * green + 0.0722 * blue);
        let z = curve((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.088_83);
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    };
    let differences = lab(one).into_iter().zip(lab(other)).map(|(m, n)| (m - n).powi(2));
    differences.sum::<f64>().sqrt()
}
