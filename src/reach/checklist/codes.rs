//! Every explanation has a code of AWS's Reachability Analyzer. [EC]

use std::path::Path;

/// The codes of "Reachability Analyzer explanation codes" that are for paths and configurations; those of search filters
/// have no meaning here.
const CODES: [&str; 75] = [
    "BAD_STATE",
    "BAD_STATE_ATTACHMENT",
    "BAD_STATE_ROUTE",
    "BAD_STATE_VPN",
    "CANNOT_ROUTE",
    "ELB_ACL_RESTRICTION",
    "ELB_INSTALLED_AZ_RESTRICTION",
    "ELB_LISTENER_PORT_RESTRICTION",
    "ELB_LISTENERS_MISMATCH",
    "ELB_NOT_CROSSZONE",
    "ELBV2_LISTENER_HAS_NO_TG",
    "ELBV2_LISTENER_PORT_RESTRICTION",
    "ELBV2_LISTENER_REQUIRES_TG_ACCEPT",
    "ELBV2_LISTENERS_MISMATCH",
    "ELBV2_NO_TARGETS_IN_AZ",
    "ELBV2_SOURCE_ADDRESS_PRESERVATION",
    "ENI_ADDRESS_RESTRICTION",
    "ENI_SG_RULES_MISMATCH",
    "ENI_SOURCE_DEST_CHECK_RESTRICTION",
    "FIREWALL_RULES_RESTRICTION",
    "GATEWAY_REJECTS_SPOOFED_TRAFFIC",
    "GWLB_DESTINATION_PORT_RESTRICTION",
    "GWLB_PROTOCOL_RESTRICTION",
    "HIGHER_PRIORITY_ROUTE",
    "IGW_DESTINATION_ADDRESS_IN_VPC_CIDRS",
    "IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS",
    "IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS",
    "IGW_NAT_REFLECTION",
    "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS",
    "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS",
    "IGW_SOURCE_ADDRESS_NOT_IN_RFC1918_INGRESS",
    "IGW_SOURCE_ADDRESS_NOT_IN_RFC6598_INGRESS",
    "INGRESS_RTB_NO_PUBLIC_IP",
    "INGRESS_RTB_TRAFFIC_REDIRECTION",
    "MORE_SPECIFIC_ROUTE",
    "NGW_DEST_ADDRESS_PRESERVATION",
    "NGW_REQUIRES_SOURCE_IN_VPC",
    "NGW_SOURCE_ADDRESS_REASSIGN",
    "NO_POSSIBLE_DESTINATION",
    "NO_ROUTE_TO_DESTINATION",
    "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR",
    "PROTOCOL_RESTRICTION",
    "REGIONAL_NGW_ROUTE_AZ_RESTRICTION",
    "REMAP_EPHEMERAL_PORT",
    "SG_HAS_NO_RULES",
    "SG_REFERENCES_NOT_PRESERVED",
    "SG_REFERENCING_SUPPORT",
    "SUBNET_ACL_RESTRICTION",
    "TARGET_ADDRESS_RESTRICTION",
    "TARGET_PORT_RESTRICTION",
    "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION",
    "TGW_ATTACH_VPC_AZ_RESTRICTION",
    "TGW_BAD_STATE_VPN",
    "TGW_ROUTE_AZ_RESTRICTION",
    "TGW_RTB_BAD_STATE_ROUTE",
    "TGW_RTB_CANNOT_ROUTE",
    "TGW_RTB_HIGHER_PRIORITY_ROUTE",
    "TGW_RTB_MORE_SPECIFIC_ROUTE",
    "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT",
    "TGW_RTB_ROUTES_ARE_UNKNOWN",
    "UNKNOWN_DESTINATION",
    "UNKNOWN_PEERED_SGS",
    "UNKNOWN_RESOURCE",
    "VGW_PRIVATE_IP_ASSOCIATION_FOR_EGRESS",
    "VGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS",
    "VPC_BLOCK_PUBLIC_ACCESS_ENABLED",
    "VPC_LOCAL_ROUTE_CIDR_RESTRICTION",
    "VPCE_GATEWAY_EGRESS_SOURCE_ADDRESS_RESTRICTION",
    "VPCE_GATEWAY_PROTOCOL_RESTRICTION",
    "VPCE_INTRA_VPC_TRAFFIC",
    "VPCE_SERVICE_NOT_INSTALLED_IN_AZ",
    "DISCONNECTED_VPCS",
    "NO_PATH",
    "NO_SOURCE_OR_DESTINATION",
    "UNSUPPORTED_COMPONENT",
];

/// What has the shape of a code and is none.
const OTHERS: [&str; 4] = ["TCP_UDP", "TCP_QUIC", "VPC_LINK", "AWS_IAM"];

/// Quoted texts of capitals and underscores: every code is written so, wherever it is chosen.
fn codes_in(source: &str) -> Vec<&str> {
    let shape = |text: &&str| {
        text.contains('_')
            && text.len() > 5
            && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    let mut found: Vec<&str> = source.split('"').skip(1).step_by(2).filter(shape).collect();
    found.retain(|code| !OTHERS.contains(code));
    found
}

#[test]
fn every_explanation_code_is_one_of_awss() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/reach");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.extend(std::fs::read_dir(folder.join("door")).unwrap().map(|entry| entry.unwrap().path()));
    let mut count = 0;
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs")) {
        let text = std::fs::read_to_string(file).unwrap();
        for (line, text) in text.lines().enumerate() {
            for code in codes_in(text) {
                assert!(CODES.contains(&code), "{}:{}: {code} is no code of AWS's", file.display(), line + 1);
                count += 1;
            }
            if text.contains("Explanation::new(\"") || text.contains("explain(\"") {
                let word = text.split("new(\"").nth(1).or_else(|| text.split("explain(\"").nth(1)).unwrap_or_default();
                let word = word.split('"').next().unwrap_or_default();
                assert!(CODES.contains(&word), "{}:{}: {word} is no code of AWS's", file.display(), line + 1);
            }
        }
    }
    assert!(count > 40, "only {count} codes were found");
}

/// Explanations without a code would be hidden by the test above.
#[test]
fn no_explanation_is_without_a_code() {
    assert!(!CODES.contains(&""));
    assert_eq!(codes_in("x(\"BAD_STATE\", \"a text\"); y(\"NO_PATH\")"), ["BAD_STATE", "NO_PATH"]);
}
