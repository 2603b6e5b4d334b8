//! Which rates are tried.

/// Two rates that differ by no more than this factor are the same.
const CLOSE: f64 = 1.06;
/// How far the first step goes from a rate that is expected to be close.
const STEP: f64 = 1.1;
/// A rate that is not worth a guess, in packets a second.
const LOWEST: f64 = 100.0;
/// A search that has not ended by then takes what it has.
const MOST_TRIALS: u32 = 12;

/// How fast packets are sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Speed {
    /// As fast as can be.
    Top,
    /// Packets in a second.
    Rate(f64),
}

/// What came of sending at a speed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Trial {
    /// Packets in a second, as they were sent.
    pub(super) rate: f64,
    pub(super) seconds: f64,
    /// How many of the packets the program has not seen.
    pub(super) lost: u64,
    /// The same as a part of all.
    pub(super) lost_part: f64,
    /// User and system time of the program's processes, in seconds.
    pub(super) cpu_seconds: f64,
    /// Whether the sender could not have been faster.
    pub(super) at_top: bool,
}

impl Trial {
    /// Packets in a second that the program took.
    fn taken_rate(self) -> f64 {
        self.rate * (1.0 - self.lost_part)
    }
}

/// The search for the highest rate without loss: from a guess in growing steps until it lies between two rates, then
/// by halves.
#[derive(Debug)]
pub(super) struct Search {
    guess: Option<f64>,
    best: Option<Trial>,
    /// The lowest rate with loss.
    lossy: Option<f64>,
    step: f64,
    trials: u32,
    top_rate: f64,
    done: bool,
}

impl Search {
    /// From a rate that is expected to be close, or from top speed.
    pub(super) fn new(guess: Option<f64>) -> Self {
        Self {
            guess,
            best: None,
            lossy: None,
            step: STEP,
            trials: 0,
            top_rate: 0.0,
            done: false,
        }
    }

    /// What to try next; nothing at the end.
    pub(super) fn next(&self) -> Option<Speed> {
        if self.done || self.trials >= MOST_TRIALS {
            return None;
        }
        let rate = match (self.best.map(|it| it.rate), self.lossy) {
            (None, None) => return Some(self.guess.map_or(Speed::Top, Speed::Rate)),
            (Some(best), None) => best * self.step,
            (None, Some(lossy)) => self
                .guess
                .filter(|it| *it < lossy)
                .unwrap_or(lossy / self.step),
            (Some(best), Some(lossy)) if lossy <= best * CLOSE => return None,
            (Some(best), Some(lossy)) => (best * lossy).sqrt().min(best * self.step),
        };
        Some(Speed::Rate(rate))
    }

    /// Takes in what came of a trial.
    pub(super) fn learn(&mut self, speed: Speed, trial: Trial) {
        self.trials += 1;
        let is_step = match speed {
            Speed::Top => false,
            Speed::Rate(rate) => self.guess != Some(rate),
        };
        if is_step {
            self.step *= self.step;
        }
        self.guess = None;
        if trial.at_top {
            self.top_rate = self.top_rate.max(trial.rate);
        }
        if trial.lost == 0 {
            if self.best.is_none_or(|best| best.rate < trial.rate) {
                self.best = Some(trial);
            }
            // What was lost below, the noise of the machine lost.
            self.lossy = self.lossy.filter(|lossy| *lossy > trial.rate);
            self.done = trial.at_top;
        } else {
            self.lossy = Some(self.lossy.map_or(trial.rate, |it| it.min(trial.rate)));
            if speed == Speed::Top {
                self.guess = Some(trial.taken_rate()).filter(|it| *it >= LOWEST);
            }
        }
    }

    /// The trial with the highest rate at which nothing was lost.
    pub(super) fn best(&self) -> Option<Trial> {
        self.best
    }

    /// Packets in a second at top speed, 0 if that was not tried.
    pub(super) fn top_rate(&self) -> f64 {
        self.top_rate
    }
}
