//! Reads Route 53 hosted zones with their tags.

use std::collections::BTreeMap;

use aws_sdk_route53::types as sdk;
use futures_util::future::join_all;

use crate::aws::convert::tags;
use crate::aws::reader::Reader;
use crate::model::Tag;
use crate::model::resource::{HostedZone, HostedZoneConfig};

pub(super) async fn collect(reader: &Reader) -> Vec<HostedZone> {
    let found = reader
        .pages(
            "route53:ListHostedZones",
            |token| reader.clients.route53.list_hosted_zones().max_items(100).set_marker(token).send(),
            |page| (page.hosted_zones, page.next_marker.filter(|_| page.is_truncated)),
        )
        .await;
    let mut zones: Vec<_> = found.into_iter().map(hosted_zone).collect();
    let mut tags = tags_of(reader, &zones).await;
    for zone in &mut zones {
        zone.tags = tags.remove(zone.short_id()).unwrap_or_default();
    }
    zones
}

async fn tags_of(reader: &Reader, zones: &[HostedZone]) -> BTreeMap<String, Vec<Tag>> {
    let batches = zones.chunks(10).map(|batch| async move {
        let ask = reader.clients.route53.list_tags_for_resources().resource_type(sdk::TagResourceType::Hostedzone);
        let short = batch.iter().map(|zone| zone.short_id().to_owned()).collect();
        let ids: Vec<&str> = batch.iter().map(|zone| zone.id.as_str()).collect();
        let ask = ask.set_resource_ids(Some(short)).send();
        let answer = reader.call_about("route53:ListTagsForResources", &ids, ask).await;
        answer.map(|answer| answer.resource_tag_sets).unwrap_or_default()
    });
    let sets = join_all(batches).await.into_iter().flatten();
    sets.map(|of| (of.resource_id.unwrap_or_default(), tags(of.tags))).collect()
}

fn hosted_zone(sdk: sdk::HostedZone) -> HostedZone {
    HostedZone {
        id: sdk.id,
        name: sdk.name,
        config: sdk
            .config
            .map(|config| HostedZoneConfig { comment: config.comment, private_zone: Some(config.private_zone) }),
        resource_record_set_count: sdk.resource_record_set_count,
        tags: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fake::{Fake, denied};
    use crate::model::Describe as _;

    fn answer(request: &str) -> (u16, String) {
        let zone = |n: usize| {
            format!(
                "<HostedZone><Id>/hostedzone/Z{n:02}</Id><Name>z{n}.example.com.</Name>\
                 <Config><PrivateZone>true</PrivateZone></Config></HostedZone>"
            )
        };
        if request.contains("tags/hostedzone") {
            if !request.contains("Z00") {
                return denied();
            }
            let tags = "<Tags><Tag><Key>env</Key><Value>prod</Value></Tag></Tags>";
            let set = format!("<ResourceTagSet><ResourceId>Z02</ResourceId>{tags}</ResourceTagSet>");
            let sets = format!("<ResourceTagSets>{set}</ResourceTagSets>");
            return (200, format!("<ListTagsForResourcesResponse>{sets}</ListTagsForResourcesResponse>"));
        }
        let (range, more) = if request.contains("marker=Z06") { (6..12, false) } else { (0..6, true) };
        let zones: String = range.map(zone).collect();
        let end = format!("<IsTruncated>{more}</IsTruncated><NextMarker>Z06</NextMarker>");
        (200, format!("<ListHostedZonesResponse><HostedZones>{zones}</HostedZones>{end}</ListHostedZonesResponse>"))
    }

    #[tokio::test]
    async fn zones_are_read_to_the_end_and_their_tags_ten_at_a_time() {
        let fake = Fake::new(answer);
        let zones = collect(&fake.reader).await;
        assert_eq!(zones.len(), 12);
        assert_eq!((fake.asked("maxitems=100"), fake.asked("tags/hostedzone")), (2, 2));
        assert_eq!(zones[2].name(), Some("z2.example.com"));
        assert_eq!(zones[2].config.as_ref().unwrap().private_zone, Some(true));
        assert_eq!(Tag::find(&zones[2].tags, "env"), Some("prod"));
        let (_, gaps) = fake.finish("");
        let about: Vec<_> = gaps.iter().map(|gap| gap.resource.as_deref().unwrap()).collect();
        assert_eq!(about, ["/hostedzone/Z10", "/hostedzone/Z11"]);
    }
}
