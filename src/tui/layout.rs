//! Where everything goes. On a large screen what is watched has one page, the network another, the history a third; on
//! a small one the focused panel has all of it, with its companion where both are read together.

use ratatui::layout::Rect;

use super::panel::PanelId;
use super::world::About;

/// The smallest screen that is worth drawing.
pub(crate) const SMALLEST: (u16, u16) = (40, 10);

/// The place of everything on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Places {
    /// The first line.
    pub(crate) header: Rect,
    /// The line that names the panels.
    pub(crate) tabs: Rect,
    /// The panels shown, each with its heading.
    pub(crate) panels: Vec<(PanelId, Rect)>,
    /// Columns between panels.
    pub(crate) walls: Vec<Rect>,
    /// The last line.
    pub(crate) status: Rect,
}

/// What the place of everything depends on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    /// The panel that has the focus.
    pub(crate) focus: PanelId,
    /// Whether it wants the whole screen.
    pub(crate) zoomed: bool,
    /// What the detail is about.
    pub(crate) about: About,
    /// How many environments there are to list.
    pub(crate) parts: usize,
}

/// Panels with their places, and the columns between them.
type Page = (Vec<(PanelId, Rect)>, Vec<Rect>);

impl Wish {
    fn is_about_the_network(self) -> bool {
        self.focus == PanelId::Map || self.focus == PanelId::Detail && self.about == About::Subnet
    }
}

impl Places {
    /// The place of a panel, when it is shown.
    pub(crate) fn of(&self, panel: PanelId) -> Option<Rect> {
        self.panels.iter().find(|(id, _)| *id == panel).map(|(_, area)| *area)
    }

    /// The place of a panel's content, below its heading.
    pub(crate) fn content(&self, panel: PanelId) -> Option<Rect> {
        self.of(panel).map(below_heading)
    }
}

/// What a heading leaves of an area.
pub(crate) fn below_heading(area: Rect) -> Rect {
    Rect { y: area.y + area.height.min(1), height: area.height.saturating_sub(1), ..area }
}

/// Whether a screen is too small to draw anything but a message.
pub(crate) const fn too_small(screen: Rect) -> bool {
    screen.width < SMALLEST.0 || screen.height < SMALLEST.1
}

/// Gives everything its place.
pub(crate) fn places(screen: Rect, wish: Wish) -> Places {
    let (header, rest) = cut_top(screen, 1);
    let (body, status) = cut_top(rest, rest.height.saturating_sub(1));
    let large = screen.width >= 110 && screen.height >= 30;
    let (tabs, body) = cut_top(body, 1);
    let (panels, walls) = match (wish.zoomed, large) {
        (true, _) => (vec![(wish.focus, body)], Vec::new()),
        (false, true) if matches!(wish.focus, PanelId::Reach | PanelId::History) => {
            (vec![(wish.focus, body)], Vec::new())
        }
        (false, true) if wish.is_about_the_network() => network_page(body),
        (false, true) => watch_page(body, wish),
        (false, false) => (small_screen(body, wish), Vec::new()),
    };
    Places { header, tabs, panels, walls, status }
}

/// From what is worst, by what it does, to what was found and what is being said; lines of text have the whole width.
fn watch_page(body: Rect, wish: Wish) -> Page {
    let listed = u16::try_from(wish.parts).unwrap_or(u16::MAX).saturating_add(2);
    let (worst, rest) = cut_top(body, listed.min(share(body.height, 26)).max(6));
    let (environments, wall, alarms) = cut_left(worst, share(worst.width, 50));
    let (metrics, rest) = cut_top(rest, share(rest.height, 38));
    let (judged, logs) = cut_top(rest, share(rest.height, 60));
    let (findings, wall_between, detail) = cut_left(judged, share(judged.width, 56));
    let panels = vec![
        (PanelId::Environments, environments),
        (PanelId::Alarms, alarms),
        (PanelId::Metrics, metrics),
        (PanelId::Findings, findings),
        (PanelId::Detail, detail),
        (PanelId::Logs, logs),
    ];
    (panels, vec![wall, wall_between])
}

/// The map with the detail of what is selected on it, beside it where that leaves the map wide.
fn network_page(body: Rect) -> Page {
    if body.width >= 150 {
        let (map, wall, detail) = cut_left(body, share(body.width, 62));
        return (vec![(PanelId::Map, map), (PanelId::Detail, detail)], vec![wall]);
    }
    let (map, detail) = cut_top(body, share(body.height, 58));
    (vec![(PanelId::Map, map), (PanelId::Detail, detail)], Vec::new())
}

/// Environments are read with their alarms, a list of findings with the detail of one.
fn small_screen(body: Rect, wish: Wish) -> Vec<(PanelId, Rect)> {
    let pair = |upper, lower, height: u16| {
        let (top, bottom) = cut_top(body, height.min(body.height));
        if bottom.height < 4 { vec![(wish.focus, body)] } else { vec![(upper, top), (lower, bottom)] }
    };
    match wish.focus {
        PanelId::Detail if wish.is_about_the_network() => vec![(wish.focus, body)],
        PanelId::Environments | PanelId::Alarms => {
            let listed = u16::try_from(wish.parts).unwrap_or(u16::MAX).saturating_add(2);
            pair(PanelId::Environments, PanelId::Alarms, listed.min(share(body.height, 60)).max(4))
        }
        PanelId::Findings | PanelId::Detail => pair(PanelId::Findings, PanelId::Detail, share(body.height, 45).max(4)),
        PanelId::Metrics | PanelId::Logs | PanelId::Map | PanelId::Reach | PanelId::History => {
            vec![(wish.focus, body)]
        }
    }
}

fn share(length: u16, percent: u16) -> u16 {
    u16::try_from(u32::from(length) * u32::from(percent) / 100).unwrap_or(length)
}

fn cut_top(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    (Rect { height, ..area }, Rect { y: area.y + height, height: area.height - height, ..area })
}

/// An area's left part, a column between, and the rest.
fn cut_left(area: Rect, width: u16) -> (Rect, Rect, Rect) {
    let width = width.min(area.width.saturating_sub(1));
    let wall = Rect { x: area.x + width, width: 1, ..area };
    (Rect { width, ..area }, wall, Rect { x: wall.right(), width: area.width - width - 1, ..area })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(screen: Rect) -> impl Iterator<Item = (Wish, Places)> {
        let wishes = PanelId::ALL.iter().flat_map(|focus| {
            let of = |about| {
                [(false, 5), (true, 5), (false, 60)].map(|(zoomed, parts)| Wish { focus: *focus, zoomed, about, parts })
            };
            of(About::Finding).into_iter().chain(of(About::Subnet))
        });
        wishes.map(move |wish| (wish, places(screen, wish)))
    }

    #[test]
    fn everything_is_on_the_screen_once_and_the_focus_is_shown() {
        for (width, height) in [(40, 10), (80, 24), (109, 50), (110, 30), (120, 40), (160, 45), (300, 100)] {
            let screen = Rect::new(0, 0, width, height);
            for (wish, places) in all(screen) {
                let mut covered = vec![0_u8; usize::from(width) * usize::from(height)];
                let panels = places.panels.iter().map(|(_, area)| *area);
                let lines = [places.header, places.tabs, places.status];
                for area in panels.chain(places.walls.iter().copied()).chain(lines) {
                    let index = |x: u16, y: u16| usize::from(y) * usize::from(width) + usize::from(x);
                    area.positions().for_each(|position| covered[index(position.x, position.y)] += 1);
                }
                assert!(covered.iter().all(|times| *times == 1), "{wish:?} on {width}x{height}");
                let focused = places.content(wish.focus).expect("the focused panel is shown");
                assert!(focused.height >= 2, "{wish:?} on {width}x{height}: {focused:?}");
            }
        }
    }

    #[test]
    fn a_large_screen_shows_everything_that_is_watched_and_the_map_with_its_detail() {
        let shown = |focus, about| -> Vec<PanelId> {
            let wish = Wish { focus, zoomed: false, about, parts: 5 };
            places(Rect::new(0, 0, 120, 40), wish).panels.iter().map(|(id, _)| *id).collect()
        };
        let network = [PanelId::Map, PanelId::Reach, PanelId::History];
        let watched = shown(PanelId::Logs, About::Finding);
        assert!(PanelId::ALL.iter().all(|id| watched.contains(id) || network.contains(id)), "{watched:?}");
        assert_eq!(shown(PanelId::Reach, About::Finding), [PanelId::Reach]);
        assert_eq!(shown(PanelId::History, About::Finding), [PanelId::History]);
        assert_eq!(shown(PanelId::Map, About::Subnet), [PanelId::Map, PanelId::Detail]);
        assert_eq!(shown(PanelId::Detail, About::Subnet), [PanelId::Map, PanelId::Detail]);
        assert!(too_small(Rect::new(0, 0, 39, 24)) && too_small(Rect::new(0, 0, 80, 9)));
    }
}
