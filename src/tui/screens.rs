//! Pictures of every screen, with colours: the symbols and, below them, how each run of cells looks.

use super::Start;
use super::fixture;
use super::stage::Stage;
use super::theme::{Abilities, Colours};
use crate::audit::Audit;
use crate::model::{Estate, SourceKind};

macro_rules! picture {
    ($name:ident, $stage:expr) => {
        #[test]
        fn $name() {
            insta::assert_snapshot!($stage.picture());
        }
    };
}

picture!(everything_160x45, Stage::demo((160, 45)));
picture!(everything_120x40, Stage::demo((120, 40)));
picture!(environments_80x24, Stage::demo((80, 24)));
picture!(findings_80x24, Stage::demo((80, 24)).press("3"));
picture!(detail_80x24, Stage::demo((80, 24)).press("3 enter z"));
picture!(metrics_80x24, Stage::demo((80, 24)).press("5").answer());
picture!(one_metric_100x30, Stage::demo((100, 30)).press("5 z").answer().press("l enter"));
picture!(logs_80x24, Stage::demo((80, 24)).press("6").answer());
picture!(smallest_40x10, Stage::demo((40, 10)).press("3"));
picture!(too_small_39x9, Stage::demo((39, 9)));
picture!(light_120x40, Stage::demo((120, 40)).press("t"));
picture!(help_120x40, Stage::demo((120, 40)).press("?"));
picture!(help_scrolled_80x24, Stage::demo((80, 24)).press("? pgdn j"));
picture!(gaps_80x24, Stage::demo((80, 24)).press("c"));
picture!(log_groups_80x24, Stage::demo((80, 24)).press("6 o").type_text("api"));
picture!(filter_while_typing_120x40, Stage::demo((120, 40)).press("3 /").type_text("data !dev"));
picture!(filter_without_match_80x24, Stage::demo((80, 24)).press("3 /").type_text("zzz").press("enter"));
picture!(sorted_by_rule_80x24, Stage::demo((80, 24)).press("3 s s a S"));
picture!(
    unknown_names_the_permission_100x30,
    Stage::demo((100, 30)).press("3 /").type_text("routed").press("enter enter z")
);
picture!(waived_100x30, Stage::demo((100, 30)).press("3 a /").type_text("waived").press("enter enter z"));
picture!(alarm_leads_to_its_environment_120x40, Stage::demo((120, 40)).press("2 enter").answer());
picture!(snapshot_without_telemetry_120x40, Stage::snapshot((120, 40)).press("e"));
picture!(snapshot_metrics_80x24, Stage::snapshot((80, 24)).press("5"));
picture!(asking_120x40, Stage::new(fixture::start(SourceKind::Live, true), (120, 40)));
picture!(refused_120x40, Stage::new(fixture::start(SourceKind::Live, true), (120, 40)).refuse());
picture!(hostile_names_120x40, Stage::new(fixture::hostile(), (120, 40)).answer().press("e e e e 3"));
picture!(nothing_at_all_120x40, Stage::new(nothing(), (120, 40)));
picture!(paused_logs_100x30, Stage::demo((100, 30)).press("6").answer().press("k k k w"));
picture!(filtered_logs_80x24, Stage::demo((80, 24)).press("6").answer().press("/").type_text("error").press("enter"));
picture!(no_colour_120x40, Stage::new(with(Colours::None, false), (120, 40)).answer().press("3"));
picture!(ascii_16_colours_80x24, Stage::new(with(Colours::Ansi16, true), (80, 24)).answer().press("5").answer());
picture!(colours_256_80x24, Stage::new(with(Colours::Ansi256, false), (80, 24)).answer().press("3"));
picture!(map_120x40, Stage::new(fixture::network(), (120, 40)).answer().press("7"));
picture!(map_80x24, Stage::new(fixture::network(), (80, 24)).answer().press("7 j l"));
picture!(map_of_an_environment_160x45, Stage::new(fixture::network(), (160, 45)).answer().press("7 e e"));
picture!(map_half_read_100x30, Stage::new(fixture::network_half_read(), (100, 30)).answer().press("7"));
picture!(map_filtered_light_120x40, Stage::new(fixture::network(), (120, 40)).press("t 7 /").type_text("data"));
picture!(map_without_colour_60x20, Stage::new(plain(fixture::network()), (60, 20)).press("7 j j j"));
picture!(map_without_subnets_80x24, Stage::demo((80, 24)).press("7"));
picture!(subnet_80x24, Stage::new(fixture::network(), (80, 24)).answer().press("7 enter"));
picture!(subnet_of_unknown_class_100x30, Stage::new(fixture::network(), (100, 30)).press("7 j j j enter"));
picture!(reach_from_a_finding_120x40, Stage::new(fixture::network(), (120, 40)).press("3 o").answer());
picture!(reach_through_a_balancer_80x24, reach(Stage::new(fixture::network(), (80, 24)), "internet", "i-0app"));
picture!(reach_denied_100x30, reach(Stage::new(fixture::network(), (100, 30)), "internet", "db-production"));
picture!(
    reach_denied_after_the_door_120x40,
    reach(Stage::new(fixture::network(), (120, 40)), "bastion", "db-production:5432")
);
picture!(reach_unknown_120x40, reach(Stage::new(fixture::network_without_acls(), (120, 40)), "app i-0", "db-prod"));
picture!(
    reach_choosing_100x30,
    Stage::new(fixture::network(), (100, 30)).press("8").answer().press("d").type_text("prod")
);
picture!(
    reach_choosing_from_what_was_read_80x24,
    Stage::new(fixture::network_half_read(), (80, 24)).press("8").answer().press("s")
);
picture!(reach_nothing_asked_80x24, Stage::new(fixture::network(), (80, 24)).press("8").answer());

picture!(history_120x40, Stage::new(fixture::with_past(SourceKind::Live, 12), (120, 40)).answer().press("9"));
picture!(history_of_a_demo_80x24, Stage::new(fixture::with_past(SourceKind::Demo, 12), (80, 24)).press("9 j"));
picture!(history_of_an_environment_60x20, Stage::new(fixture::with_past(SourceKind::Live, 12), (60, 20)).press("9 e"));
picture!(history_light_200x50, Stage::new(fixture::with_past(SourceKind::Live, 12), (200, 50)).press("t 9 G"));
picture!(
    history_without_colour_80x24,
    Stage::new(plain(fixture::with_past(SourceKind::Live, 12)), (80, 24)).press("9")
);
picture!(history_of_one_run_80x24, Stage::new(fixture::with_past(SourceKind::Live, 1), (80, 24)).press("9"));
picture!(history_none_80x24, Stage::new(fixture::start(SourceKind::Live, true), (80, 24)).press("9"));
picture!(history_hostile_80x24, Stage::new(fixture::with_hostile_past(), (80, 24)).press("9"));

/// Asks whether the first thing that is like one text can open a connection to the first that is like another.
fn reach(mut stage: Stage, from: &str, to: &str) -> Stage {
    stage.press("8").answer().press("s").type_text(from).press("enter").type_text(to).press("enter").answer();
    stage
}

fn plain(start: Start) -> Start {
    Start { abilities: Abilities { colours: Colours::None, ascii: true }, ..start }
}

fn with(colours: Colours, ascii: bool) -> Start {
    Start { abilities: Abilities { colours, ascii }, ..fixture::start(SourceKind::Demo, true) }
}

fn nothing() -> Start {
    let start = fixture::start(SourceKind::Live, true);
    Start { estate: Estate::default().into(), audit: Audit::default().into(), environments: Vec::new(), ..start }
}
