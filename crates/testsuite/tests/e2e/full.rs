//! The disk takes no more, may not be written any more, or breaks: at each step that the real program takes on it, for
//! once or for good. What cannot be written down is refused, who cannot be recorded is cut, and with a sound disk
//! everything that was acknowledged is there.

use crate::kills::{Deed, House};
use crate::support::disk::How;
use crate::support::{Dice, PATIENCE, is_long, points, until};

const HOWS: [How; 3] = [How::Full, How::ReadOnly, How::Broken];
/// Points of an ordinary run and of a long one.
const FEW: u64 = 3;
const MANY: u64 = 300;
const STARTS_FEW: u64 = 6;
/// A start of the gate takes fewer steps on its disk than this, and one life fewer than that.
const STEPS_OF_A_START: u64 = 40;
const STEPS_OF_A_LIFE: u64 = 300;
/// What is shown runs at most so far ahead of the durable recording (ARCHITECTURE.md), a piece under way beside it.
const AHEAD: u64 = (1 << 20) + (256 << 10);

#[test]
fn nothing_goes_on_that_is_not_written() {
    let mut house = House::open();
    for point in points(FEW, MANY) {
        let mut dice = Dice::of_point(point);
        let how = HOWS[usize::try_from(point % 3).unwrap()];
        // For good, but every fourth time for once.
        let for_good = point % 4 != 3;
        let steps = dice.below(STEPS_OF_A_LIFE);
        println!("point {point}: {how:?} at step {steps}, for good: {for_good}");
        disturbed(&mut house, &mut dice, steps, how, for_good, &format!("point-{point}"));
    }
}

/// Bytes of all recordings.
fn recorded(house: &House) -> u64 {
    house.world.recordings().iter().map(|path| std::fs::metadata(path).unwrap().len()).sum()
}

fn disturbed(house: &mut House, dice: &mut Dice, steps: u64, how: How, for_good: bool, about: &str) {
    house.world.disk().forget();
    house.world.open_door();
    let before = recorded(house);
    match for_good {
        true => house.world.disk().fails(steps, how),
        false => house.world.disk().fails_once(steps, how),
    }
    let script = house.script();
    let mut flow = script.starts("echo begun; while head -c 32768 /dev/urandom; do sleep 0.02; done");
    let mut deeds = house.traffic(dice, about);
    // Where the session was refused, or ended by an act, nothing is written any more.
    until("the step has come", PATIENCE, || house.world.disk_failed() || !flow.runs());
    if for_good && house.world.disk_failed() {
        // Whoever is in does not stay, and nobody comes in.
        let shown = flow.out().to_owned();
        let told = flow.ends(PATIENCE);
        assert_ne!(told.status, Some(0), "{about}");
        let shown = std::fs::metadata(shown).unwrap().len();
        deeds.push(Deed::new("session-opened", None, shown > 0));
        let recorded = recorded(house) - before;
        assert!(shown < recorded + AHEAD, "{about}: {shown} shown, {recorded} recorded");
        let refused = house.script().exec("echo inside");
        assert!(refused.status != Some(0) && !refused.out.contains("inside"), "{about}: {}", refused.said());
        deeds.push(Deed::new("session-opened", None, false));
    } else {
        deeds.push(Deed::new("session-opened", None, flow.said().contains("begun")));
        drop(flow);
    }
    drop(script);
    house.world.disk().is_mended();
    house.world.kill_gate();
    house.judge(deeds);
}

/// A start that cannot write what it must opens no door; on a sound disk the next one does.
#[test]
fn a_start_on_a_failing_disk_opens_nothing() {
    let mut house = House::open();
    let every = if is_long() { 1 } else { 3 * STEPS_OF_A_START / STARTS_FEW };
    for point in (0..3 * STEPS_OF_A_START).step_by(usize::try_from(every).unwrap()) {
        let (how, steps) = (HOWS[usize::try_from(point % 3).unwrap()], point / 3);
        house.world.disk().forget();
        house.world.disk().fails(steps, how);
        let mut deeds = Vec::new();
        let opens = house.world.tries_door();
        println!("{how:?} at step {steps} of a start: opens: {opens}");
        if opens {
            // What failed was not needed for the start, or has not come yet: it is met now, and somebody is told.
            let done = house.script().exec("echo inside");
            let failed = house.world.disk_failed();
            assert!(!failed || done.status != Some(0), "{how:?} at step {steps}: {}", done.said());
            deeds.push(Deed::new("session-opened", None, done.out.contains("inside")));
        } else {
            assert!(!house.world.log().trim().is_empty(), "it says why");
        }
        house.world.kill_gate();
        house.judge(deeds);
    }
}
