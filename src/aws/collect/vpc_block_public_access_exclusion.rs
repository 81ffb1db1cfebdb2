//! What is excluded from VPC Block Public Access, where that blocks anything.

use aws_sdk_ec2::types as sdk;

use super::vpc_block_public_access_options;
use crate::aws::convert::{tags, text};
use crate::aws::reader::Reader;
use crate::model::Kind;
use crate::model::resource::VpcBlockPublicAccessExclusion;

const ACTION: &str = "ec2:DescribeVpcBlockPublicAccessExclusions";

pub(super) async fn collect(reader: &Reader) -> Vec<VpcBlockPublicAccessExclusion> {
    if !blocks(reader).await {
        return reader.none(ACTION);
    }
    let ask = || reader.clients.ec2.describe_vpc_block_public_access_exclusions().max_results(1000);
    let exclusions = reader
        .pages(
            ACTION,
            |token| ask().set_next_token(token).send(),
            |page| (page.vpc_block_public_access_exclusions.unwrap_or_default(), page.next_token),
        )
        .await;
    exclusions.into_iter().map(exclusion).collect()
}

/// Where the setting is off, exclusions change nothing.
async fn blocks(reader: &Reader) -> bool {
    let list = &reader.lists.vpc_block_public_access_options;
    let options = list.get_or_init(|| vpc_block_public_access_options::collect(reader)).await;
    options.iter().any(|options| {
        options.internet_gateway_block_mode.as_deref() != Some("off")
            || options.state.as_deref() == Some("update-in-progress")
    }) || reader.unknown(Kind::VpcBlockPublicAccessOptions)
}

fn exclusion(exclusion: sdk::VpcBlockPublicAccessExclusion) -> VpcBlockPublicAccessExclusion {
    VpcBlockPublicAccessExclusion {
        exclusion_id: exclusion.exclusion_id.unwrap_or_default(),
        internet_gateway_exclusion_mode: text(exclusion.internet_gateway_exclusion_mode),
        resource_arn: exclusion.resource_arn,
        state: text(exclusion.state),
        tags: tags(exclusion.tags),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fake::{Answer, Fake, ec2};

    const OFF: &str = "<vpcBlockPublicAccessOptions><state>default-state</state>\
        <internetGatewayBlockMode>off</internetGatewayBlockMode></vpcBlockPublicAccessOptions>";
    const ON: &str = "<vpcBlockPublicAccessOptions><internetGatewayBlockMode>block-ingress\
        </internetGatewayBlockMode></vpcBlockPublicAccessOptions>";

    #[tokio::test]
    async fn exclusions_are_asked_for_unless_nothing_is_blocked() {
        let answers: [(Answer, usize); 4] = [
            (|request| ec2(request, |_| OFF), 0),
            (|request| ec2(request, |_| ON), 1),
            (|request| ec2(request, |_| "<none/>"), 1),
            (|request| ec2(request, |action| if action.ends_with("Options") { "" } else { "<none/>" }), 1),
        ];
        for (answer, times) in answers {
            let fake = Fake::new(answer);
            collect(&fake.reader).await;
            assert_eq!(fake.asked("DescribeVpcBlockPublicAccessExclusions"), times);
            assert!(fake.finish(ACTION).0);
        }
    }
}
