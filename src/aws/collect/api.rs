//! APIs of both versions of API Gateway with where their requests go, where there is a VPC link that an API can use:
//! without one no API leads into a VPC.

use aws_sdk_apigateway::types as sdk1;
use aws_sdk_apigatewayv2::types as sdk2;
use futures_util::future::{join, join_all};

use super::vpc_link;
use crate::aws::convert::{each, mapped_tags, text};
use crate::aws::reader::Reader;
use crate::model::Kind;
use crate::model::resource::{Api, ApiIntegration, ApiRoute};

const LIST: &str = "apigateway:GetApis";
const LIST_REST: &str = "apigateway:GetRestApis";
const INTEGRATIONS: &str = "apigateway:GetIntegrations";
const ROUTES: &str = "apigateway:GetRoutes";
const RESOURCES: &str = "apigateway:GetResources";

pub(super) async fn collect(reader: &Reader) -> Vec<Api> {
    let links = reader.lists.vpc_links.get_or_init(|| vpc_link::collect(reader)).await;
    if links.is_empty() && !reader.unknown(Kind::VpcLink) {
        return reader.none(LIST);
    }
    let (apis, rest) = join(version2(reader), version1(reader)).await;
    reader.shares(LIST, LIST_REST);
    if apis.is_empty() {
        reader.answered(INTEGRATIONS);
        reader.answered(ROUTES);
    }
    if rest.is_empty() {
        reader.answered(RESOURCES);
    }
    apis.into_iter().chain(rest).collect()
}

async fn version2(reader: &Reader) -> Vec<Api> {
    let found = reader
        .pages(
            LIST,
            |token| reader.clients.apigatewayv2.get_apis().max_results("500").set_next_token(token).send(),
            |page| (page.items.unwrap_or_default(), page.next_token),
        )
        .await;
    join_all(found.into_iter().map(|sdk| async move {
        let id = sdk.api_id.clone().unwrap_or_default();
        let (integrations, routes) = join(integrations(reader, &id), routes(reader, &id)).await;
        Api { integrations, routes, ..api(sdk) }
    }))
    .await
}

async fn integrations(reader: &Reader, api: &str) -> Option<Vec<ApiIntegration>> {
    let ask = || reader.clients.apigatewayv2.get_integrations().api_id(api).max_results("500");
    let listing = reader
        .pages_about(
            INTEGRATIONS,
            api,
            |token| ask().set_next_token(token).send(),
            |page| (page.items.unwrap_or_default(), page.next_token),
        )
        .await;
    let integration = |to: sdk2::Integration| ApiIntegration {
        integration_id: to.integration_id.unwrap_or_default(),
        integration_type: text(to.integration_type),
        connection_type: text(to.connection_type),
        connection_id: to.connection_id,
        integration_uri: to.integration_uri,
        integration_target: None,
    };
    listing.complete.then(|| listing.items.into_iter().map(integration).collect())
}

async fn routes(reader: &Reader, api: &str) -> Option<Vec<ApiRoute>> {
    let ask = || reader.clients.apigatewayv2.get_routes().api_id(api).max_results("500");
    let listing = reader
        .pages_about(
            ROUTES,
            api,
            |token| ask().set_next_token(token).send(),
            |page| (page.items.unwrap_or_default(), page.next_token),
        )
        .await;
    let route = |route: sdk2::Route| ApiRoute {
        route_key: route.route_key,
        target: route.target,
        authorization_type: text(route.authorization_type),
        api_key_required: route.api_key_required,
    };
    listing.complete.then(|| listing.items.into_iter().map(route).collect())
}

fn api(sdk: sdk2::Api) -> Api {
    Api {
        api_id: sdk.api_id.unwrap_or_default(),
        name: sdk.name,
        protocol_type: text(sdk.protocol_type),
        endpoint_types: Vec::new(),
        disable_execute_api_endpoint: sdk.disable_execute_api_endpoint,
        policy: None,
        integrations: None,
        routes: None,
        tags: mapped_tags(sdk.tags),
    }
}

async fn version1(reader: &Reader) -> Vec<Api> {
    let found = reader
        .pages(
            LIST_REST,
            |token| reader.clients.apigateway.get_rest_apis().limit(500).set_position(token).send(),
            |page| (page.items.unwrap_or_default(), page.position),
        )
        .await;
    join_all(found.into_iter().map(|sdk| async move {
        let mut api = rest_api(sdk);
        if let Some(methods) = methods(reader, &api.api_id).await {
            let (integrations, routes) = methods.into_iter().unzip::<_, _, Vec<_>, Vec<_>>();
            api.integrations = Some(integrations.into_iter().flatten().collect());
            api.routes = Some(routes);
        }
        api
    }))
    .await
}

async fn methods(reader: &Reader, api: &str) -> Option<Vec<(Option<ApiIntegration>, ApiRoute)>> {
    let ask = || reader.clients.apigateway.get_resources().rest_api_id(api).embed("methods").limit(500);
    let listing = reader
        .pages_about(
            RESOURCES,
            api,
            |token| ask().set_position(token).send(),
            |page| (page.items.unwrap_or_default(), page.position),
        )
        .await;
    let mut methods: Vec<_> = listing.items.into_iter().flat_map(methods_of).collect();
    methods.sort_by(|a, b| a.1.route_key.cmp(&b.1.route_key));
    listing.complete.then_some(methods)
}

fn methods_of(resource: sdk1::Resource) -> Vec<(Option<ApiIntegration>, ApiRoute)> {
    let (id, path) = (resource.id.unwrap_or_default(), resource.path.unwrap_or_default());
    let methods = resource.resource_methods.into_iter().flatten();
    methods.map(|(verb, method)| rest_method(&format!("{id}/{verb}"), format!("{verb} {path}"), method)).collect()
}

fn rest_method(id: &str, key: String, method: sdk1::Method) -> (Option<ApiIntegration>, ApiRoute) {
    let integration = method.method_integration.map(|to| ApiIntegration {
        integration_id: id.to_owned(),
        integration_type: text(to.r#type),
        connection_type: text(to.connection_type),
        connection_id: to.connection_id,
        integration_uri: to.uri,
        integration_target: to.integration_target,
    });
    let route = ApiRoute {
        route_key: Some(key),
        target: integration.as_ref().map(|to| format!("integrations/{}", to.integration_id)),
        authorization_type: method.authorization_type,
        api_key_required: method.api_key_required,
    };
    (integration, route)
}

fn rest_api(sdk: sdk1::RestApi) -> Api {
    Api {
        api_id: sdk.id.unwrap_or_default(),
        name: sdk.name,
        protocol_type: Some("REST".to_owned()),
        endpoint_types: each(sdk.endpoint_configuration.and_then(|endpoint| endpoint.types), |kind| {
            kind.as_str().to_owned()
        }),
        disable_execute_api_endpoint: Some(sdk.disable_execute_api_endpoint),
        policy: sdk.policy,
        integrations: None,
        routes: None,
        tags: mapped_tags(sdk.tags),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fake::{Fake, answered, ec2};

    fn answer(request: &str) -> (u16, String) {
        if request.contains("Action=DescribeLoadBalancers&") {
            return answered(request, "<LoadBalancers><member><Type>network</Type></member></LoadBalancers>");
        }
        if request.contains("Action=") {
            return ec2(request, |_| "<none/>");
        }
        let body = if request.contains("/vpclinks") {
            r#"{"item": [{"id": "link1", "targetArns": ["arn:nlb"], "status": "AVAILABLE"}]}"#
        } else if request.contains("/resources") {
            r#"{"item": [{"id": "r1", "path": "/pets", "resourceMethods": {
                "POST": {"httpMethod": "POST", "authorizationType": "AWS_IAM"},
                "GET": {"httpMethod": "GET", "authorizationType": "NONE", "apiKeyRequired": false, "methodIntegration":
                    {"type": "HTTP_PROXY", "connectionType": "VPC_LINK", "connectionId": "link1", "uri": "http://pets"}}}}]}"#
        } else if request.contains("/restapis") {
            r#"{"item": [{"id": "api1", "endpointConfiguration": {"types": ["PRIVATE"]}}]}"#
        } else {
            return (403, r#"{"__type": "AccessDeniedException", "message": "no"}"#.to_owned());
        };
        (200, body.to_owned())
    }

    #[tokio::test]
    async fn a_method_of_a_rest_api_is_a_route_to_its_integration() {
        let fake = Fake::new(answer);
        let apis = collect(&fake.reader).await;
        assert_eq!((apis.len(), apis[0].endpoint_types.as_slice()), (1, &["PRIVATE".to_owned()][..]));
        let routes = apis[0].routes.as_ref().unwrap();
        let routes: Vec<_> = routes.iter().map(|r| (r.route_key.as_deref().unwrap(), r.target.as_deref())).collect();
        assert_eq!(routes, [("GET /pets", Some("integrations/r1/GET")), ("POST /pets", None)]);
        let integrations = apis[0].integrations.as_ref().unwrap();
        assert_eq!(integrations[0].connection_id.as_deref(), Some("link1"));
        let (read, gaps) = fake.finish(LIST);
        assert!(!read && gaps.iter().any(|gap| gap.action == LIST), "the other version was refused: {gaps:?}");
    }

    #[tokio::test]
    async fn rest_apis_that_are_not_known_are_missing_of_all() {
        let fake = Fake::new(|request| match request {
            rest if rest.contains("/restapis") => {
                (403, r#"{"__type": "AccessDeniedException", "message": "no"}"#.to_owned())
            }
            two if two.contains("/v2/apis") => (200, r#"{"items": []}"#.to_owned()),
            other => answer(other),
        });
        assert!(collect(&fake.reader).await.is_empty());
        let (read, gaps) = fake.finish(LIST);
        assert_eq!(
            (read, gaps.iter().map(|gap| gap.action.as_str()).collect::<Vec<_>>()),
            (false, vec![LIST, LIST_REST])
        );
    }

    #[tokio::test]
    async fn without_a_vpc_link_nobody_asks() {
        let fake = Fake::new(|request| match request {
            elb if elb.contains("Action=DescribeLoadBalancers&") => answered(elb, "<LoadBalancers/>"),
            other => ec2(other, |_| "<none/>"),
        });
        assert!(collect(&fake.reader).await.is_empty());
        assert_eq!((fake.asked("vpclinks"), fake.asked("apis")), (0, 0));
        assert_eq!(fake.finish(LIST), (true, Vec::new()));
    }
}
