//! Lambda functions, where some function has an interface in a VPC; and the URLs of those in VPCs. AWS takes back the
//! interfaces of a function that was idle for weeks: such a one reaches nothing either.

use aws_sdk_lambda::types as sdk;
use futures_util::future::join_all;

use super::evidence;
use crate::aws::convert::{ids, text};
use crate::aws::reader::Reader;
use crate::model::Describe;
use crate::model::resource::{Function, FunctionUrlConfig, FunctionVpcConfig};

const LIST: &str = "lambda:ListFunctions";
const URLS: &str = "lambda:ListFunctionUrlConfigs";

pub(super) async fn collect(reader: &Reader) -> Vec<Function> {
    if !evidence::interface_of_type(reader, "lambda").await {
        return reader.none(LIST);
    }
    let found = reader
        .pages(
            LIST,
            |token| reader.clients.lambda.list_functions().max_items(50).set_marker(token).send(),
            |page| (page.functions.unwrap_or_default(), page.next_marker),
        )
        .await;
    let mut functions: Vec<_> = found.into_iter().map(function).collect();
    if !functions.iter().any(|function| function.vpc_id().is_some()) {
        reader.answered(URLS);
    }
    let inside = functions.iter_mut().filter(|function| function.vpc_id().is_some());
    join_all(inside.map(|function| async {
        function.function_url_configs = urls(reader, function.function_arn.as_str()).await;
    }))
    .await;
    functions
}

async fn urls(reader: &Reader, function: &str) -> Option<Vec<FunctionUrlConfig>> {
    let ask = || reader.clients.lambda.list_function_url_configs().function_name(function).max_items(50);
    let listing = reader
        .pages_about(
            URLS,
            function,
            |token| ask().set_marker(token).send(),
            |page| (page.function_url_configs, page.next_marker),
        )
        .await;
    let url = |url: sdk::FunctionUrlConfig| FunctionUrlConfig {
        function_url: Some(url.function_url),
        function_arn: Some(url.function_arn.into()),
        auth_type: text(Some(url.auth_type)),
    };
    listing.complete.then(|| listing.items.into_iter().map(url).collect())
}

/// The environment may hold secrets and is never kept.
fn function(function: sdk::FunctionConfiguration) -> Function {
    Function {
        function_arn: function.function_arn.unwrap_or_default().into(),
        function_name: function.function_name,
        vpc_config: function.vpc_config.map(|vpc| FunctionVpcConfig {
            vpc_id: vpc.vpc_id.map(Into::into),
            subnet_ids: ids(vpc.subnet_ids),
            security_group_ids: ids(vpc.security_group_ids),
            ipv6_allowed_for_dual_stack: vpc.ipv6_allowed_for_dual_stack,
        }),
        function_url_configs: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fake::{Fake, ec2};

    fn answer(request: &str, interfaces: &'static str) -> (u16, String) {
        if request.contains("Action=") {
            let body = if request.contains("Action=DescribeNetworkInterfaces") { interfaces } else { "<none/>" };
            let (status, answer) = ec2(request, |_| "@");
            return (status, answer.replace('@', body));
        }
        let body = if request.contains("/urls") {
            return (403, r#"{"__type": "AccessDeniedException", "Message": "no"}"#.to_owned());
        } else {
            r#"{"Functions": [
                {"FunctionArn": "arn:in", "VpcConfig": {"VpcId": "vpc-1", "SubnetIds": ["subnet-1"]},
                    "Environment": {"Variables": {"PASSWORD": "hush"}}},
                {"FunctionArn": "arn:out", "VpcConfig": {"VpcId": ""}}]}"#
        };
        (200, body.to_owned())
    }

    #[tokio::test]
    async fn without_an_interface_of_lambda_no_function_is_in_a_vpc() {
        let fake = Fake::new(|request| answer(request, "<none/>"));
        assert!(collect(&fake.reader).await.is_empty());
        assert_eq!(fake.asked("/functions"), 0);
        assert_eq!(fake.finish(LIST), (true, Vec::new()));
    }

    #[tokio::test]
    async fn urls_are_asked_of_those_inside_and_no_environment_is_kept() {
        let fake = Fake::new(|request| {
            answer(
                request,
                "<networkInterfaceSet><item><interfaceType>lambda</interfaceType></item></networkInterfaceSet>",
            )
        });
        let functions = collect(&fake.reader).await;
        assert_eq!((functions.len(), fake.asked("/urls")), (2, 1));
        assert!(!serde_json::to_string(&functions).unwrap().contains("hush"));
        assert_eq!(functions[0].function_url_configs, None);
        let (_, gaps) = fake.finish("");
        assert_eq!(gaps.iter().map(|gap| gap.resource.as_deref()).collect::<Vec<_>>(), [Some("arn:in")]);
    }
}
