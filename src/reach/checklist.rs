//! One test per item of the checklist that the engine is written by, named after its number. Each says what a small
//! world differs in from [`world::base`], which packet is sent, and what must come of it.
//!
//! Sources are AWS's guides, in brackets: SG and SGR (security groups and their rules), NACL (network ACLs), RT (route
//! tables), IGW, EIGW and NAT (gateways), PCX (VPC peering), TGW (transit gateways), ALB, NLB, CLB and GWLB (load
//! balancers), EC (Reachability Analyzer's explanation codes).

mod apis;
mod balancers;
mod beyond;
mod chains;
mod client_vpn;
mod cloudfront;
mod codes;
mod connections;
mod contradicted;
mod coverage;
mod delegated;
mod doors;
mod doubts;
mod endpoints;
mod internet_edge;
mod network_acls;
mod routing;
mod sample;
mod security_groups;
mod senders;
mod world;
