//! A schedule of EventBridge Scheduler as a CloudFormation template, for a task definition of ECS that is there:
//! <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>.

use super::{UnitFile, yaml};
use crate::schedule::cron::{Cron, WEEKDAYS};
use crate::schedule::{Job, When};

pub(super) fn files(job: &Job<'_>) -> Result<Vec<UnitFile>, String> {
    let name = job.name;
    let text = format!(
        include_str!("eventbridge.yaml"),
        name = name,
        command = job.command(super::shell),
        description = yaml(&format!("Bartizan: {name}, {}", job.schedule.when)),
        network = NETWORK,
        schedule = schedule(job, ["!Ref TaskDefinition", "!Ref TaskRole", "!Ref ExecutionRole"])?,
    );
    Ok(vec![UnitFile { path: format!("{name}-schedule.yaml"), text }])
}

/// The parameters that say where a task runs.
pub(super) const NETWORK: &str = "  Subnets:
    Type: List<AWS::EC2::Subnet::Id>
    Description: Private subnets with a way out to AWS's APIs (a NAT gateway, or endpoints)
  SecurityGroups:
    Type: List<AWS::EC2::SecurityGroup::Id>
    Description: A security group that lets nothing in, and port 443 out
";

/// The schedule, its role, and the queue for what could not be started. `refers` are the task definition, the task's role
/// and its execution role.
pub(super) fn schedule(job: &Job<'_>, refers: [&str; 3]) -> Result<String, String> {
    let [definition, task_role, execution_role] = refers;
    let expression = match &job.schedule.when {
        When::Every(every) => rate(every.minutes()),
        When::Cron(cron) => format!("cron({})", fields(cron)?),
    };
    Ok(format!(
        include_str!("eventbridge_schedule.yaml"),
        definition = definition,
        task_role = task_role,
        execution_role = execution_role,
        name = yaml(job.name),
        expression = yaml(&expression),
        zone = yaml(job.zone()),
    ))
}

fn rate(minutes: i64) -> String {
    let of = |number: i64, unit: &str| format!("rate({number} {unit}{})", if number == 1 { "" } else { "s" });
    match minutes {
        _ if minutes % 1440 == 0 => of(minutes / 1440, "day"),
        _ if minutes % 60 == 0 => of(minutes / 60, "hour"),
        _ => of(minutes, "minute"),
    }
}

/// A crontab expression in AWS's six fields, of which one of the days must be `?`.
fn fields(cron: &Cron) -> Result<String, String> {
    let number = |value: u8| value.to_string();
    let text = |field: crate::schedule::cron::Field| {
        if field.is_full() { "*".to_owned() } else { field.text(number, "-") }
    };
    let days = match (cron.day.is_full(), cron.weekday.is_full()) {
        (_, true) => (text(cron.day), "?".to_owned()),
        (true, false) => {
            let name = |day: u8| WEEKDAYS.get(usize::from(day)).copied().unwrap_or("SUN").to_owned();
            ("?".to_owned(), cron.weekday.text(name, "-"))
        }
        (false, false) => {
            return Err(format!(
                "EventBridge takes a day of the month or of the week, and `{cron}` has both: print a schedule for each"
            ));
        }
    };
    Ok(format!("{} {} {} {} {} *", text(cron.minute), text(cron.hour), days.0, text(cron.month), days.1))
}
