//! The roles a theme gives looks to.

use ratatui::style::Modifier;

const PLAIN: Modifier = Modifier::empty();
const BOLD: Modifier = Modifier::BOLD;
const DIM: Modifier = Modifier::DIM;
const REVERSED: Modifier = Modifier::REVERSED;
const UNDERLINED: Modifier = Modifier::UNDERLINED;

macro_rules! roles {
    ($($name:ident $key:literal $mono:expr;)*) => {
        /// What a piece of the screen means. The second column is its name in theme files, the third how it is
        /// told apart where colours are few or unwanted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Role {
            $(
                #[doc = concat!("`", $key, "`")]
                $name,
            )*
        }

        impl Role {
            /// All of them.
            pub(crate) const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name in theme files.
            pub(crate) const fn key(self) -> &'static str {
                match self { $(Self::$name => $key),* }
            }

            /// How it is told apart without colours.
            pub(super) const fn mono(self) -> Modifier {
                match self { $(Self::$name => $mono),* }
            }
        }
    };
}

roles! {
    Background       "ui.background"             PLAIN;
    Text             "ui.text"                   PLAIN;
    Strong           "ui.text.strong"            BOLD;
    Dim              "ui.text.dim"               DIM;
    Rule             "ui.rule"                   DIM;
    Title            "ui.title"                  PLAIN;
    TitleFocused     "ui.title.focused"          BOLD;
    RuleFocused      "ui.rule.focused"           BOLD;
    Header           "ui.header"                 PLAIN;
    Column           "ui.column"                 UNDERLINED;
    Selection        "ui.selection"              REVERSED;
    SelectionAway    "ui.selection.unfocused"    UNDERLINED;
    Key              "ui.key"                    BOLD;
    Input            "ui.input"                  UNDERLINED;
    Match            "ui.match"                  UNDERLINED;
    Popup            "ui.popup"                  PLAIN;
    Demo             "ui.demo"                   REVERSED;
    Incomplete       "ui.incomplete"             BOLD;
    Error            "ui.error"                  BOLD;

    Production       "env.production"            BOLD;
    Staging          "env.staging"               PLAIN;
    Dev              "env.dev"                   PLAIN;
    Other            "env.other"                 PLAIN;
    Unattributed     "env.unattributed"          DIM;

    Fail             "status.fail"               BOLD;
    Unknown          "status.unknown"            BOLD;
    Pass             "status.pass"               PLAIN;
    Waived           "status.waived"             DIM;
    NotApplicable    "status.not-applicable"     DIM;

    Critical         "severity.critical"         BOLD;
    High             "severity.high"             BOLD;
    Medium           "severity.medium"           PLAIN;
    Low              "severity.low"              PLAIN;
    Informational    "severity.informational"    DIM;

    AlarmRinging     "alarm.alarm"               BOLD;
    AlarmUnsure      "alarm.insufficient-data"   PLAIN;
    AlarmOk          "alarm.ok"                  PLAIN;

    SubnetPublic     "subnet.public"             BOLD;
    SubnetPartlyPublic "subnet.partly-public"    BOLD;
    SubnetUnknown    "subnet.unknown"            BOLD;
    SubnetEgress     "subnet.egress"             PLAIN;
    SubnetOther      "subnet.other"              PLAIN;
    SubnetIsolated   "subnet.isolated"           PLAIN;

    LogTime          "log.time"                  DIM;
    LogStream        "log.stream"                DIM;
    LogText          "log.text"                  PLAIN;
    LogError         "log.error"                 BOLD;
    LogWarning       "log.warning"               PLAIN;
    LogDebug         "log.debug"                 DIM;
    LogLate          "log.late"                  REVERSED;

    MetricAxis       "metric.axis"               DIM;
    MetricThreshold  "metric.threshold"          DIM;
    MetricAbove      "metric.above"              BOLD;
    MetricProvisional "metric.provisional"       DIM;
}
