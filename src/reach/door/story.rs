//! The story behind a door: what a single request passes from the door on, hop by hop, with what decides at each.
//!
//! What is behind doors is found as sets. On the way it is noted where packets are filtered, and those stretches are
//! walked once more for one source when the path is told.

use super::Behind;
use crate::reach::balancer::TargetNode;
use crate::reach::filter::Direction;
use crate::reach::network::{Id, Network};
use crate::reach::path::{Answer, PathComponent, Verdict};
use crate::reach::service::Service;
use crate::reach::set::{Addresses, Boxes, Services};
use crate::reach::walk::{Seen, Story, Walk};

/// A stretch on which packets are filtered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::reach) enum Stretch<'e> {
    /// From the internet to an interface with a public address, by CloudFront or another service of AWS's.
    Enter { interface: Id, private: u128, edge: bool },
    /// To an interface from those that AWS keeps in its VPC for VPC origins, which carry these groups.
    Managed { interface: Id, groups: Vec<Id> },
    /// To a Network Load Balancer by PrivateLink, and whether its groups are asked.
    PrivateLink { interface: Id, filtered: bool },
    /// From an interface of a VPC link: its address, and that of the load balancer.
    Link { ways: Vec<(Id, u128, u128)> },
    /// From a load balancer's interface to a target.
    ToTarget { from: Id, preserves: bool, target: TargetNode<'e>, edge: bool },
}

/// A stretch that was passed: before which hop of the path, and for which service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::reach) struct Passed<'e> {
    pub(in crate::reach) before: usize,
    pub(in crate::reach) service: Service,
    pub(in crate::reach) stretch: Stretch<'e>,
}

/// What tells the path of a single request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::reach) struct Told<'e> {
    pub(in crate::reach) passed: Vec<Passed<'e>>,
    /// The address that one of the requests comes from, as what is behind the door sees it.
    pub(in crate::reach) sample: Option<u128>,
}

/// Appends a hop of a stretch. The hop of the path that it leads to, which says more of the same, takes its place.
fn tell(forward: &mut Vec<PathComponent>, next: &mut Option<&PathComponent>, told: PathComponent) {
    // An interface of the very thing that was passed last, such as a VPC link's.
    if let Some(last) = forward.last_mut().filter(|last| last.component.id == told.component.id) {
        (last.subnet, last.vpc) = (told.subnet, told.vpc);
    } else if let Some(same) = next.take_if(|next| next.component.id == told.component.id) {
        forward.push(same.clone());
    } else {
        forward.push(told);
    }
}

impl<'e> Network<'e> {
    /// The whole path to something behind a door: the door, what it fetches from, the filters and routes on the way,
    /// load balancers with their listeners and rules, and the target; and the way of the reply.
    pub(in crate::reach) fn tell_behind(&self, one: &Behind<'e>) -> Answer {
        let (mut forward, mut backs, mut explanations) = (Vec::new(), Vec::new(), Vec::new());
        let mut notes = one.notes.clone();
        for (place, hop) in one.path.iter().enumerate() {
            let mut hop = Some(hop);
            for passed in one.told.passed.iter().filter(|passed| passed.before == place) {
                let Some(story) = one.told.sample.and_then(|source| self.pass_again(passed, source)) else { continue };
                story.forward.into_iter().for_each(|told| tell(&mut forward, &mut hop, told));
                backs.push(story.back);
                notes.extend(story.notes);
                // Where it is not known what lets it pass, one source that is stopped says nothing.
                explanations.extend(story.blocks.into_iter().filter(|_| one.verdict != Verdict::Unknown));
            }
            forward.extend(hop.cloned());
        }
        let mut back: Vec<PathComponent> = backs.into_iter().rev().flatten().collect();
        back.dedup_by(|next, last| next.component == last.component && next.subnet == last.subnet);
        for path in [&mut forward, &mut back] {
            path.iter_mut().enumerate().for_each(|(place, hop)| hop.sequence_number = place + 1);
        }
        notes.extend(one.gates.iter().map(ToString::to_string));
        Answer {
            verdict: one.verdict,
            forward_path_components: forward,
            return_path_components: back,
            explanations,
            unread: one.unread.clone(),
            notes,
        }
    }

    fn pass_again(&self, passed: &Passed<'e>, source: u128) -> Option<Story> {
        let one = Services::range(passed.service.number(), passed.service.number());
        let mine = Boxes::product(&one, &Addresses::one(source));
        let mut walk = Walk::new(self, mine.clone(), true);
        walk.short = true;
        match &passed.stretch {
            Stretch::Enter { interface, private, edge } => {
                walk.edge = *edge;
                walk.enter(*interface, *private, Seen::As(source));
                walk.reply();
            }
            Stretch::Managed { interface, groups } => {
                walk.edge = true;
                walk.hop_groups(*interface, Direction::Ingress, Seen::As(source), groups);
                walk.hop_interface(*interface);
                walk.at_balancer(*interface, Seen::As(source));
            }
            Stretch::PrivateLink { interface, filtered } => {
                if *filtered {
                    walk.hop_groups(*interface, Direction::Ingress, Seen::As(source), &[]);
                }
                walk.hop_interface(*interface);
                walk.at_balancer(*interface, Seen::As(source));
            }
            Stretch::Link { ways } => {
                let (from, _, to) = ways.iter().find(|(_, from, _)| *from == source)?;
                walk.send(*from, source, *to);
                walk.reply();
            }
            Stretch::ToTarget { from, preserves, target, edge } => {
                walk.edge = *edge;
                let balancer = self.balancer_of(*from)?;
                let (second, _) = walk.to_target((balancer, *from), (*preserves, target), Seen::As(source), &mine)?;
                return second.story;
            }
        }
        walk.story
    }
}
