//! What the dashboard does, whatever it looks like.

use super::ends::Found;
use super::fixture;
use super::layout::SMALLEST;
use super::message::{Effect, Event, Question, Reply};
use super::panel::PanelId;
use super::stage::Stage;
use crate::model::{Kind, SourceKind};

const SIZES: [(u16, u16); 5] = [(40, 10), (60, 20), (80, 24), (110, 30), (160, 45)];

/// Every panel, zoomed and not, and every popup.
const EVERYWHERE: [&str; 28] = [
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "8",
    "1 z",
    "2 z",
    "3 z",
    "4 z",
    "5 z",
    "6 z",
    "7 z",
    "8 z",
    "7 enter",
    "?",
    "c",
    "6 o",
    "3 /",
    "7 /",
    "8 s",
    "8 d",
    "3 o",
    "9",
    "9 z",
    "9 j enter",
];

fn live(size: (u16, u16)) -> Stage {
    Stage::new(fixture::start(SourceKind::Live, true), size)
}

#[test]
fn a_demo_says_so_on_every_screen() {
    for size in SIZES.into_iter().chain([(39, 9), (20, 3)]) {
        for keys in EVERYWHERE {
            let mut stage = Stage::demo(size);
            assert!(stage.press(keys).text().contains("DEMO"), "{keys} on {size:?}");
        }
    }
    assert!(!live((120, 40)).answer().text().contains("DEMO"));
}

#[test]
fn incomplete_coverage_is_said_on_every_screen() {
    for size in SIZES {
        for keys in EVERYWHERE {
            let mut stage = Stage::demo(size);
            let header = stage.press(keys).text().lines().next().map(str::to_owned).unwrap_or_default();
            assert!(header.contains("! 2"), "{keys} on {size:?}: {header}");
        }
    }
}

#[test]
fn nothing_hostile_comes_to_the_screen() {
    for (start, size) in [fixture::hostile(), fixture::with_hostile_past(), fixture::network_hostile(fixture::EVIL)]
        .into_iter()
        .flat_map(|start| SIZES.map(|size| (start.clone(), size)))
    {
        let mut stage = Stage::new(start, size);
        stage.answer();
        for _ in 0..5 {
            for keys in EVERYWHERE {
                stage.press(keys).answer();
                for cell in stage.buffer().content() {
                    let unseen = ['\u{200b}'..='\u{200f}', '\u{2028}'..='\u{202e}', '\u{2060}'..='\u{206f}'];
                    let safe = |c: char| !c.is_control() && !unseen.iter().any(|range| range.contains(&c));
                    assert!(cell.symbol().chars().all(safe), "{keys} on {size:?}: {:?}", cell.symbol());
                }
                stage.press("esc esc esc");
            }
            stage.press("e");
        }
    }
}

#[test]
fn any_size_can_be_drawn() {
    let mut stage = Stage::demo((80, 24));
    for keys in EVERYWHERE {
        stage.press(keys);
        for columns in [0, 1, 20, 39, 40, 57, 80, 109, 110, 150] {
            for rows in [0, 1, 2, 5, 9, 10, 13, 24, 29, 30, 45] {
                stage.send(Event::Resize { columns, rows });
                let text = stage.text();
                let fits = columns >= SMALLEST.0 && rows >= SMALLEST.1;
                assert!(!fits || !text.contains("bartizan needs"), "{columns}x{rows}");
            }
        }
        stage.press("esc esc");
    }
}

#[test]
fn the_same_messages_give_the_same_picture() {
    let played = || {
        let mut stage = Stage::demo((120, 40));
        stage.press("3 j j s e").answer().after(61).answer().press("5 l ] 6 k").answer().picture()
    };
    assert_eq!(played(), played());
}

#[test]
fn nothing_is_drawn_when_nothing_changed() {
    let mut stage = live((120, 40));
    stage.answer().after(1).answer().after(20).answer().after(1);
    assert!(!stage.effects.contains(&Effect::Draw), "nothing but time passed");
    for seconds in [2, 10, 60, 3600] {
        let mut snapshot = Stage::snapshot((120, 40));
        assert!(!snapshot.after(seconds).effects.contains(&Effect::Draw));
        assert_eq!(snapshot.app.wake(), None, "a snapshot never wakes up by itself");
    }
    stage.press("y");
    assert!(stage.effects.is_empty(), "a key that means nothing");
    let log = stage.after(30).questions.iter().position(|(_, question)| matches!(question, Question::Logs(_)));
    let (ask, question) = stage.questions.remove(log.expect("it follows"));
    stage.send(Event::Answer { ask, reply: fixture::reply(&question), budget: fixture::budget() });
    assert!(!stage.effects.contains(&Effect::Draw), "no new line came");
}

fn kinds(stage: &Stage) -> (bool, bool, bool) {
    let has = |is: fn(&Question) -> bool| stage.questions.iter().any(|(_, question)| is(question));
    (
        has(|q| matches!(q, Question::Series(..))),
        has(|q| matches!(q, Question::Logs(_))),
        has(|q| matches!(q, Question::Alarms(..))),
    )
}

#[test]
fn what_nobody_sees_costs_nothing_but_alarms_are_always_watched() {
    let mut stage = live((80, 24));
    assert_eq!(kinds(&stage), (false, false, true), "the environments are shown");
    stage.answer().press("5");
    assert_eq!(kinds(&stage), (true, false, false));
    stage.answer().press("6");
    assert_eq!(kinds(&stage), (false, true, false));
    stage.answer().press("3").after(61);
    assert_eq!(kinds(&stage), (false, false, true));
    assert_eq!(kinds(&live((120, 40))), (true, true, true));
    assert_eq!(kinds(Stage::snapshot((120, 40)).press("5 6 r").after(100)), (false, false, false));
}

#[test]
fn only_the_charts_on_the_screen_are_asked_for() {
    let asked = |stage: &Stage| -> Vec<String> {
        let series = stage.questions.iter().filter_map(|(_, question)| match question {
            Question::Series(queries, _) => Some(queries.iter().map(|query| query.metric.clone())),
            _ => None,
        });
        series.flatten().collect()
    };
    let mut stage = live((80, 24));
    let first = asked(stage.press("5"));
    assert!(first.contains(&"RequestCount".to_owned()) && !first.contains(&"FreeStorageSpace".to_owned()), "{first:?}");
    stage.answer();
    for _ in 0..6 {
        stage.press("pgdn");
    }
    assert!(asked(&stage).contains(&"FreeStorageSpace".to_owned()), "{:?}", asked(&stage));
}

#[test]
fn an_answer_to_an_old_question_changes_nothing() {
    let mut stage = live((80, 24));
    stage.answer().press("6");
    let old = stage.questions.clone();
    stage.press("o").type_text("staging").press("enter");
    let before = stage.text();
    assert!(before.contains("/ecs/api-staging"));
    for (ask, question) in old {
        let reply = fixture::reply(&question);
        stage.send(Event::Answer { ask, reply, budget: fixture::budget() });
    }
    assert_eq!(stage.text(), before);
    stage.press("5");
    let old = stage.questions.clone();
    stage.press("]");
    for (ask, question) in old {
        let reply = fixture::reply(&question);
        stage.send(Event::Answer { ask, reply, budget: fixture::budget() });
    }
    assert!(stage.text().contains("asking"), "the charts of another window are not shown:\n{}", stage.text());
}

#[test]
fn quitting_is_always_possible_and_letters_are_typed_where_they_are_typed() {
    for keys in EVERYWHERE {
        let mut stage = Stage::demo((100, 30));
        stage.press(keys).press("ctrl-c");
        assert_eq!(stage.effects, [Effect::Quit], "{keys}");
    }
    let mut stage = Stage::demo((100, 30));
    assert_eq!(stage.press("q").effects, [Effect::Quit]);
    assert!(!stage.press("? q").effects.contains(&Effect::Quit), "it closes the help");
    assert!(!stage.press("3 / q").effects.contains(&Effect::Quit), "it is typed");
    assert!(stage.text().contains("/q"));
    assert_eq!(stage.press("esc ctrl-z").effects, [Effect::Suspend]);
    assert_eq!(stage.send(Event::Resumed).effects, [Effect::DrawAnew]);
}

#[test]
fn a_filter_stays_on_the_finding_it_still_shows() {
    let mut stage = Stage::demo((120, 40));
    let selected = |stage: &Stage| stage.app.world.finding().map(|finding| finding.rule.clone());
    stage.press("3 j j");
    let before = selected(&stage);
    assert!(before.is_some());
    stage.press("/").type_text("data").press("enter");
    assert_eq!(selected(&stage), before);
    stage.press("esc s s");
    assert_eq!(selected(&stage), before, "sorting moves the row, not the selection");
    stage.press("/").type_text("nosuchthing");
    assert_eq!(selected(&stage), None);
    assert!(stage.text().contains("no finding is selected"));
}

#[test]
fn passes_are_shown_when_asked_for_and_never_hidden_for_good() {
    let mut stage = Stage::demo((120, 40));
    stage.press("3");
    assert!(!stage.text().contains("PASS"));
    stage.press("a");
    let text = stage.text();
    assert!(text.contains("✓ PASS") && text.contains("12 of 12"), "{text}");
}

#[test]
fn an_alarm_leads_to_its_environment_and_a_refusal_keeps_it() {
    let mut stage = live((120, 40));
    stage.answer();
    assert!(stage.text().contains("● ALARM"));
    stage.after(61);
    stage.refuse();
    let text = stage.text();
    assert!(text.contains("● ALARM") && text.contains("api-5xx"), "it has not stopped because nobody could look");
    assert!(text.contains("cloudwatch:DescribeAlarms") && text.contains("ALARMS UNKNOWN"), "{text}");
    stage.press("2 enter");
    assert_eq!(stage.app.focus, PanelId::Metrics);
    assert!(stage.text().contains("Metrics · production"));
}

#[test]
fn pausing_holds_the_picture_and_collects_on() {
    let mut stage = live((100, 30));
    stage.answer().press("6");
    for _ in 0..3 {
        stage.answer().after(1);
    }
    let logs = |stage: &Stage| stage.text().lines().skip(3).take(20).map(str::to_owned).collect::<Vec<_>>();
    stage.press("f");
    let held = logs(&stage);
    let newer = crate::telemetry::LogEvent {
        id: "new".into(),
        stream: "s".into(),
        timestamp: stage.at,
        ingested: stage.at,
        message: "the newest line".into(),
    };
    stage.after(5);
    let logs_asked = stage.questions.iter().find(|(_, question)| matches!(question, Question::Logs(_)));
    let ask = logs_asked.expect("it goes on reading").0;
    let page = crate::telemetry::LogPage { events: vec![newer], next_token: None };
    stage.send(Event::Answer { ask, reply: Reply::Logs(Ok(page)), budget: fixture::budget() });
    assert_eq!(logs(&stage), held);
    assert!(stage.text().contains("paused, 1 new"), "{}", stage.text());
    stage.press("f");
    assert!(stage.text().contains("the newest line") && stage.text().contains("following"));
}

#[test]
fn late_lines_are_marked() {
    let mut stage = live((100, 30));
    stage.answer().press("6");
    for _ in 0..3 {
        stage.answer().after(1);
    }
    let late = crate::telemetry::LogEvent {
        id: "late".into(),
        stream: "s".into(),
        timestamp: stage.at - jiff::SignedDuration::from_secs(40),
        ingested: stage.at,
        message: "it took its time".into(),
    };
    stage.after(5);
    let ask = stage.questions.iter().find(|(_, q)| matches!(q, Question::Logs(_))).expect("it follows").0;
    let page = crate::telemetry::LogPage { events: vec![late], next_token: None };
    stage.send(Event::Answer { ask, reply: Reply::Logs(Ok(page)), budget: fixture::budget() });
    let text = stage.text();
    let line = text.lines().find(|line| line.contains("it took its time")).unwrap_or_default();
    assert!(line.starts_with(" 09:29:43 late +40s "), "in its place and marked:\n{text}");
}

#[test]
fn every_environment_a_finding_names_is_listed() {
    let mut start = fixture::start(SourceKind::Live, false);
    start.environments.clear();
    let text = Stage::new(start, (120, 40)).text();
    for name in ["production", "staging", "dev", "unattributed"] {
        assert!(text.lines().any(|line| line.trim_start_matches(['›', ' ']).starts_with(name)), "{name}:\n{text}");
    }
}

#[test]
fn states_are_words_and_signs_and_colours() {
    let text = Stage::demo((120, 46)).press("3 a").text();
    for state in ["◆ critical", "▲ high", "◇ medium", "▽ low", "✗ FAIL", "? UNKNOWN", "✓ PASS", "~ WAIVED", "● ALARM"]
    {
        assert!(text.contains(state), "{state}:\n{text}");
    }
}

/// The name and the range of the subnet the map's cursor is on.
fn subnet(stage: &Stage) -> (String, String) {
    let row = stage.app.world.subnet().expect("a subnet is selected");
    (row.title(), row.ranges.join(" "))
}

#[test]
fn every_subnet_of_the_map_can_be_reached_and_is_on_the_screen_then() {
    for size in SIZES {
        let mut stage = Stage::new(fixture::network(), size);
        stage.press("7 z G g");
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..12 {
            stage.press("h h h");
            for _ in 0..3 {
                let (name, range) = subnet(&stage);
                let text = stage.text();
                assert!(text.contains(&format!("› {name}")) && text.contains(&range), "{name} on {size:?}:\n{text}");
                seen.insert(name);
                stage.press("l");
            }
            stage.press("j");
        }
        assert_eq!(seen.len(), stage.app.world.subnets.rows.len(), "{seen:?} on {size:?}");
    }
}

#[test]
fn classes_are_words() {
    let text = Stage::new(fixture::network(), (120, 60)).press("7 z").text();
    for word in ["PUBLIC", "PARTLY", "UNKNOWN", "EGRESS", "OTHER", "ISOLATED"] {
        assert!(text.contains(&format!("│ {word}")), "{word}:\n{text}");
    }
}

#[test]
fn the_map_shows_what_an_environment_has_and_counts_the_rest() {
    let mut stage = Stage::new(fixture::network(), (120, 60));
    stage.press("7 z e");
    let text = stage.text();
    assert!(text.contains("production") && text.contains("11 of 12 subnets") && !text.contains("lab-a"), "{text}");
    assert!(text.contains("+1 not of production") && !text.contains("guest"), "{text}");
    let text = stage.press("e").text();
    assert!(text.contains("2 of 12 subnets") && text.contains("1 instance guest"), "{text}");
}

#[test]
fn a_database_is_where_its_zones_say_or_nowhere_for_certain() {
    let text = Stage::new(fixture::network(), (200, 60)).press("7 z").text();
    assert!(text.contains("db-creating-production?, db-production "), "{text}");
    assert!(
        text.contains("? 1 database db-adrift-production"),
        "it names no subnet and is shown all the same:\n{text}"
    );
    assert!(!text.contains("gone"), "a terminated instance is in no subnet:\n{text}");
}

#[test]
fn what_was_not_read_is_never_shown_as_empty() {
    let text = Stage::new(fixture::network_half_read(), (120, 60)).press("7 z").text();
    assert!(!text.contains("empty") && !text.contains("it has no subnet"), "{text}");
    assert!(text.contains("ec2:DescribeInstances (access denied)"), "{text}");
}

#[test]
fn the_detail_follows_the_map_and_leads_back_to_it() {
    let mut stage = Stage::new(fixture::network(), (80, 24));
    stage.press("7 j j");
    let (name, _) = subnet(&stage);
    assert!(stage.press("enter").text().contains(&format!("4 Detail · subnet {name}")));
    stage.press("n");
    let (next, _) = subnet(&stage);
    assert!(next != name && stage.text().contains(&format!("4 Detail · subnet {next}")));
    stage.press("esc");
    assert_eq!(stage.app.focus, PanelId::Map);
    assert!(stage.press("3 4").text().contains("4 Detail · bastion-open-to-world"), "{}", stage.text());
    stage.press("7 /").type_text("nosuchthing").press("enter enter");
    assert!(stage.text().contains("no subnet is selected"), "{}", stage.text());
}

/// What a reachability panel shows after choosing both ends.
fn asked(mut stage: Stage, from: &str, to: &str) -> Stage {
    stage.press("8").answer().press("s").type_text(from).press("enter");
    if !to.is_empty() {
        stage.type_text(to).press("enter").answer();
    }
    stage
}

#[test]
fn a_finding_leads_to_its_path_and_back() {
    let mut stage = Stage::new(fixture::network(), (120, 40));
    let text = stage.press("3 o").answer().text();
    assert_eq!(stage.app.focus, PanelId::Reach);
    assert!(text.contains("✓ CONNECTS") && text.contains("lets tcp/22 in from 203.0.113.0/24"), "{text}");
    assert!(text.contains("those of 203.0.113.0/24 do"), "who is let in is said:\n{text}");
    stage.press("esc");
    assert_eq!(stage.app.focus, PanelId::Findings);
    assert!(stage.press("4 o").answer().text().contains("✓ CONNECTS"), "from the detail as well");
}

#[test]
fn what_has_been_open_for_long_leads_to_its_finding() {
    let mut stage = Stage::new(fixture::with_past(SourceKind::Live, 12), (160, 45));
    stage.answer().press("9 j enter");
    let finding = |stage: &Stage| stage.app.world.finding().map(|finding| finding.rule.clone());
    assert_eq!((stage.app.focus, finding(&stage).as_deref()), (PanelId::Detail, Some("database-without-encryption")));
    stage.press("p");
    assert_eq!(
        finding(&stage).as_deref(),
        Some("listener-without-tls"),
        "the list of findings has moved there as well"
    );
    stage.press("9 j enter");
    assert_eq!(stage.app.focus, PanelId::History, "what was not seen now has no detail");
    stage.press("e enter");
    assert_eq!(finding(&stage).as_deref(), Some("listener-without-tls"), "an environment has its own list");
    let mut stage = Stage::new(fixture::start(SourceKind::Live, true), (80, 24));
    assert!(stage.press("9 j enter").text().contains("`bartizan audit --record` records one"));
}

#[test]
fn a_subnet_leads_to_the_paths_into_it_and_back() {
    let mut stage = Stage::new(fixture::network(), (120, 40));
    stage.press("7 /").type_text("public-a").press("enter o").answer();
    assert_eq!(stage.app.focus, PanelId::Reach);
    assert!(stage.text().contains("internet to lb-production (production)"), "{}", stage.text());
    assert!(stage.press("n").text().contains("internet to bastion (production)"), "{}", stage.text());
    stage.press("esc");
    assert_eq!(stage.app.focus, PanelId::Map);
    stage.press("esc /").type_text("hub").press("enter enter o");
    assert!(stage.text().contains("subnet hub-c holds: nothing with an address"), "{}", stage.text());
}

#[test]
fn a_group_leads_to_everything_that_has_it_and_a_listener_to_its_balancer() {
    for (kind, id, shows) in [
        (Kind::SecurityGroup, "sg-0bastion", "to bastion (production)"),
        (Kind::Listener, "listener", "to lb-production (production)"),
        (Kind::Subnet, "subnet-0app-a", "1 of 2"),
        (Kind::Bucket, "assets", "nothing with an address"),
    ] {
        let mut stage = Stage::new(fixture::network_with_finding_about(kind, id), (120, 40));
        let text = stage.press("3 o").answer().text();
        assert!(text.contains(shows), "{kind} {id}:\n{text}");
    }
}

#[test]
fn several_paths_are_gone_through_and_the_one_that_gets_furthest_is_first() {
    let start = fixture::network_with_finding_about(Kind::Subnet, "subnet-0app-a");
    let mut stage = Stage::new(start, (120, 40));
    stage.press("3 o").answer();
    let verdict = |stage: &Stage| {
        let text = stage.text();
        let line = text.lines().nth(3).unwrap_or_default().trim().to_owned();
        line.split_whitespace().nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!((verdict(&stage), stage.text().contains("1 of 2")), ("CONNECTS".to_owned(), true));
    stage.press("n");
    assert_eq!((verdict(&stage), stage.text().contains("2 of 2")), ("DENIED".to_owned(), true));
    stage.press("n");
    assert!(stage.text().contains("2 of 2"), "there are no more");
    assert!(stage.press("p p").text().contains("1 of 2"));
}

#[test]
fn a_port_may_be_named_and_the_ends_may_be_swapped() {
    let mut stage = asked(Stage::new(fixture::network(), (120, 40)), "bastion", "i-0app:9999");
    let text = stage.text();
    assert!(text.contains("bastion (production) to app (production) tcp/9999"), "{text}");
    assert!(text.contains("✗ DENIED") && text.contains("ENI_SG_RULES_MISMATCH"), "{text}");
    let text = stage.press("x").answer().text();
    assert!(text.contains("8 Reach · app (production) to bastion (production) tcp/22"), "{text}");
}

#[test]
fn what_belongs_to_the_selected_environment_is_offered_first() {
    let offered = |keys: &str| {
        let mut stage = Stage::new(fixture::network(), (120, 40));
        let text = stage.press(keys).answer().press("s").text();
        ["internet", "bastion", "guest"].map(|name| text.find(name).unwrap_or_else(|| panic!("{name}:\n{text}")))
    };
    let [internet, bastion, guest] = offered("8");
    assert!(internet < bastion && bastion < guest, "what the internet comes in by is offered first");
    let [internet, bastion, guest] = offered("e e 8");
    assert!(internet < guest && guest < bastion, "but not before what is of staging");
}

#[test]
fn the_network_is_searched_when_somebody_asks_and_only_the_newest_search_counts() {
    let mut stage = Stage::new(fixture::network(), (120, 40));
    stage.answer().press("3 7 6 5");
    assert!(stage.searches.is_empty(), "nobody asked");
    let mut stage = asked(stage, "internet", "");
    stage.type_text("bastion").press("enter");
    let old = std::mem::take(&mut stage.searches);
    stage.press("d").type_text("lb-prod").press("enter").answer();
    let before = stage.text();
    assert!(before.contains("lb-production"), "{before}");
    for (ask, _) in old {
        stage.send(Event::Found { ask, found: Found::Paths(Vec::new()) });
        assert!(!stage.effects.contains(&Effect::Draw));
    }
    assert_eq!(stage.text(), before);
}

#[test]
fn a_search_that_breaks_says_so_and_can_be_asked_again() {
    let mut stage = Stage::new(fixture::network(), (120, 40));
    stage.press("8");
    let (ask, _) = stage.searches.remove(0);
    stage.send(Event::Found { ask, found: Found::Failed("it fell over".into()) });
    assert!(stage.text().contains("the search broke: it fell over"), "{}", stage.text());
    assert!(stage.press("j").searches.is_empty(), "not without being asked to");
    stage.press("r");
    assert_eq!(stage.searches.len(), 1);
}
