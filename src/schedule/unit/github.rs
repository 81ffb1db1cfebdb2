//! A workflow of GitHub Actions that runs on a schedule, in UTC as GitHub has it, and signs in to AWS by OIDC:
//! <https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax>.

use super::{UnitFile, crontab, shell, yaml};
use crate::schedule::Job;

pub(super) fn files(job: &Job<'_>) -> Result<Vec<UnitFile>, String> {
    let when = crontab(&job.schedule.when)?;
    if job.zone() != "UTC" {
        return Err(format!(
            "GitHub's schedules go by UTC, not by {}: leave out --tz and give --cron in UTC",
            job.zone()
        ));
    }
    let name = job.name;
    // What the runner writes is gone with it, unless it is uploaded.
    let upload = job.directory.map(|directory| {
        format!(
            "      - if: success() || failure()
        uses: actions/upload-artifact@v4
        with:
          name: {name}
          path: {}
          if-no-files-found: error
",
            yaml(directory)
        )
    });
    let text = format!(
        include_str!("github.yml"),
        name = name,
        quoted = yaml(name),
        when = yaml(&when),
        command = job.command(shell),
        upload = upload.unwrap_or_default(),
    );
    Ok(vec![UnitFile { path: format!(".github/workflows/{name}.yml"), text }])
}
