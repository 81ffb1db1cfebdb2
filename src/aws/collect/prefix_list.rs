//! Prefix lists, with the entries of those that matter: the customers' own, and those that a security group or a
//! route names.

use std::collections::BTreeSet;

use aws_sdk_ec2::types as sdk;
use futures_util::future::join_all;

use crate::aws::convert::tags;
use crate::aws::reader::Reader;
use crate::model::resource::PrefixList;

const ENTRIES: &str = "ec2:GetManagedPrefixListEntries";

pub(super) async fn collect(reader: &Reader) -> Vec<PrefixList> {
    let lists = reader
        .pages(
            "ec2:DescribeManagedPrefixLists",
            |token| reader.clients.ec2.describe_managed_prefix_lists().max_results(100).set_next_token(token).send(),
            |page| (page.prefix_lists.unwrap_or_default(), page.next_token),
        )
        .await;
    let named = named(reader).await;
    let wanted =
        |list: &PrefixList| list.owner_id.as_deref() != Some("AWS") || named.contains(list.prefix_list_id.as_str());
    let mut lists: Vec<PrefixList> = lists.into_iter().map(prefix_list).collect();
    if !lists.iter().any(wanted) {
        reader.answered(ENTRIES);
    }
    join_all(lists.iter_mut().filter(|list| wanted(list)).map(|list| async {
        list.cidrs = cidrs(reader, list.prefix_list_id.as_str()).await;
    }))
    .await;
    lists
}

/// The lists that security groups and routes name.
async fn named(reader: &Reader) -> BTreeSet<String> {
    let (groups, tables) = tokio::join!(reader.security_groups(ENTRIES), reader.route_tables(ENTRIES));
    let permissions = groups.iter().flat_map(|group| group.ip_permissions.iter().chain(&group.ip_permissions_egress));
    let in_groups = permissions.flat_map(|permission| &permission.prefix_list_ids);
    let in_groups = in_groups.filter_map(|list| list.prefix_list_id.as_ref().map(ToString::to_string));
    let routes = tables.iter().flat_map(|table| &table.routes);
    in_groups.chain(routes.filter_map(|route| route.destination_prefix_list_id.clone())).collect()
}

/// The ranges of a list, or nothing when not all could be read: half a list would look like a narrower one.
async fn cidrs(reader: &Reader, id: &str) -> Option<Vec<String>> {
    let request = || reader.clients.ec2.get_managed_prefix_list_entries().prefix_list_id(id).max_results(100);
    let listing = reader
        .pages_about(
            ENTRIES,
            id,
            |token| request().set_next_token(token).send(),
            |page| (page.entries.unwrap_or_default(), page.next_token),
        )
        .await;
    listing.complete.then(|| listing.items.into_iter().filter_map(|entry| entry.cidr).collect())
}

fn prefix_list(list: sdk::ManagedPrefixList) -> PrefixList {
    PrefixList {
        prefix_list_id: list.prefix_list_id.unwrap_or_default().into(),
        prefix_list_name: list.prefix_list_name,
        address_family: list.address_family,
        owner_id: list.owner_id,
        cidrs: None,
        tags: tags(list.tags),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fake::Fake;

    const LISTS: &str = "<prefixListSet>\
        <item><prefixListId>pl-own</prefixListId><ownerId>111122223333</ownerId></item>\
        <item><prefixListId>pl-named</prefixListId><ownerId>AWS</ownerId></item>\
        <item><prefixListId>pl-other</prefixListId><ownerId>AWS</ownerId></item></prefixListSet>";
    const GROUPS: &str = "<securityGroupInfo><item><groupId>sg-1</groupId><ipPermissions><item><prefixListIds>\
        <item><prefixListId>pl-named</prefixListId></item></prefixListIds></item></ipPermissions></item></securityGroupInfo>";

    fn answer(request: &str) -> (u16, String) {
        let action = request.split_once("Action=").unwrap().1.split('&').next().unwrap();
        let body = match action {
            "DescribeManagedPrefixLists" => LISTS,
            "DescribeSecurityGroups" => GROUPS,
            "DescribeRouteTables" => "<routeTableSet/>",
            _ if request.contains("pl-own") => return (403, String::new()),
            _ => "<entrySet><item><cidr>203.0.113.0/24</cidr></item></entrySet>",
        };
        (200, format!("<{action}Response>{body}</{action}Response>"))
    }

    #[tokio::test]
    async fn entries_are_read_where_they_matter_and_are_absent_when_they_cannot_be() {
        let fake = Fake::new(answer);
        let lists = collect(&fake.reader).await;
        let cidrs: Vec<_> = lists.iter().map(|list| (list.prefix_list_id.as_str(), list.cidrs.clone())).collect();
        let read = Some(vec!["203.0.113.0/24".to_owned()]);
        assert_eq!(cidrs, [("pl-own", None), ("pl-named", read), ("pl-other", None)]);
        assert_eq!(fake.asked("GetManagedPrefixListEntries"), 2, "nobody names the third");
        let (_, gaps) = fake.finish(ENTRIES);
        let about: Vec<_> = gaps.iter().map(|gap| (gap.action.as_str(), gap.resource.as_deref())).collect();
        assert_eq!(about, [(ENTRIES, Some("pl-own"))]);
    }
}
