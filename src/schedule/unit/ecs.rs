//! A Fargate task with its roles and its schedule, as a CloudFormation template. Nothing that the task writes to its own disk
//! outlives it, so its report must go to S3.

use super::{UnitFile, eventbridge, items, yaml};
use crate::schedule::Job;

pub(super) fn files(job: &Job<'_>) -> Result<Vec<UnitFile>, String> {
    if let Some(directory) = job.directory {
        return Err(format!("nothing in `{directory}` would outlive the task: give --out s3://BUCKET/PREFIX"));
    }
    let image = yaml(job.image()?);
    let name = job.name;
    let command = items(job, 12);
    let text = format!(
        include_str!("ecs.yaml"),
        name = name,
        image = image,
        command = command,
        description = yaml(&format!("Bartizan: {name}, {}", job.schedule.when)),
        network = eventbridge::NETWORK,
        family = yaml(name),
        program = yaml(job.program),
        schedule = eventbridge::schedule(job, ["!Ref Task", "!GetAtt TaskRole.Arn", "!GetAtt ExecutionRole.Arn"])?,
    );
    Ok(vec![UnitFile { path: format!("{name}.yaml"), text }])
}
