//! A CronJob of Kubernetes (batch/v1), for the restricted Pod Security Standard. The service account gets its AWS role from
//! EKS Pod Identity or IAM roles for service accounts.

use super::{UnitFile, crontab, items, yaml};
use crate::schedule::Job;

pub(super) fn files(job: &Job<'_>) -> Result<Vec<UnitFile>, String> {
    let when = crontab(&job.schedule.when)?;
    let image = yaml(job.image()?);
    let arguments = items(job, 16);
    let name = job.name;
    let (mut reports, mut claim, mut data) = (String::new(), String::new(), "emptyDir: {}".to_owned());
    if let Some(directory) = job.directory {
        if !directory.starts_with('/') {
            return Err(format!(
                "a volume is mounted somewhere: give --out as an absolute path instead of `{directory}`"
            ));
        }
        reports = format!(
            "                - name: data\n                  mountPath: {}\n                  subPath: reports\n",
            yaml(directory)
        );
        claim = format!(include_str!("k8s_claim.yaml"), name = name);
        data = format!("persistentVolumeClaim:\n                claimName: {name}");
    }
    let text = format!(
        include_str!("k8s.yaml"),
        name = name,
        image = image,
        arguments = arguments,
        claim = claim,
        reports = reports,
        data = data,
        schedule = yaml(&when),
        zone = yaml(job.zone()),
        program = yaml(job.program),
    );
    Ok(vec![UnitFile { path: format!("{name}.yaml"), text }])
}
