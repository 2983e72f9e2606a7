//! Random work of several people in one house, against a model of the machine: only drawn transitions, no counter with two,
//! every visit in one state, a session runs exactly while somebody sits at a counter. And what the everyday verbs cost.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::TimeDelta;
use domain::actor::{Actor, StaffMember};
use domain::ids::{CounterId, VisitId};
use domain::queue::refusal::QueueRefused;
use domain::queue::status::{VISIT_TRANSITIONS, VisitState};
use operations::queue::calling::{self, TwoCalls};
use operations::queue::counters::{self, IfTaken};
use operations::queue::transfer::{Target, Transfer, grant, transfer};
use operations::queue::{Visit, serving};
use operations::{Error, Outcome};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use crate::house::{House, each};

/// What anybody may press at any moment.
#[derive(Clone, Copy, Debug)]
enum Press {
    CallNext,
    Call,
    Recall,
    PutBack,
    Start,
    Finish,
    Missed,
    Park,
    Resume,
    Rejoin,
    Leave,
    Grant,
    ToCounter,
    ToBranch,
    TakeOver,
    Close,
    Pause,
    Wait,
}

const PRESSES: [Press; 18] = [
    Press::CallNext,
    Press::Call,
    Press::Recall,
    Press::PutBack,
    Press::Start,
    Press::Finish,
    Press::Missed,
    Press::Park,
    Press::Resume,
    Press::Rejoin,
    Press::Leave,
    Press::Grant,
    Press::ToCounter,
    Press::ToBranch,
    Press::TakeOver,
    Press::Close,
    Press::Pause,
    Press::Wait,
];

/// One run: who works, who has come, which counters there are.
struct Run<'a> {
    house: &'a House,
    rng: StdRng,
    visits: Vec<VisitId>,
    counters: Vec<CounterId>,
}

impl Run<'_> {
    /// Presses something as somebody; refusals are answers, failures are not.
    async fn press(&mut self, by: &StaffMember) {
        let (app, town) = (&self.house.app.app, &self.house.town);
        let id = *self.visits.choose(&mut self.rng).unwrap();
        let counter = *self.counters.choose(&mut self.rng).unwrap();
        let own = by.counter.unwrap_or(counter);
        let press = *PRESSES.choose(&mut self.rng).unwrap();
        let branch = self.house.branch_office().await;
        let send = |to| Transfer { to, confirmed: true, note: None };
        match press {
            Press::CallNext => fine(press, calling::call_next(app, town, by, own).await),
            Press::Call => fine(press, calling::call(app, town, by, id, own).await),
            Press::Recall => fine(press, calling::recall(app, town, by, id).await),
            Press::PutBack => fine(press, calling::put_back(app, town, by, id).await),
            Press::Start => fine(press, serving::start(app, town, by, id).await),
            Press::Finish => fine(press, serving::finish(app, town, by, id, Vec::new()).await),
            Press::Missed => fine(press, calling::mark_missed(app, town, by, id, TwoCalls::Overruled).await),
            Press::Park => fine(press, serving::park(app, town, by, id, None).await),
            Press::Resume => fine(press, serving::resume(app, town, by, id).await),
            Press::Rejoin => fine(press, serving::rejoin(app, town, Actor::from(by), id).await),
            Press::Leave => fine(press, serving::leave_by_staff(app, town, by, id).await),
            Press::Grant => fine(press, grant(app, town, by, id, (5, "Probe")).await),
            Press::ToCounter => {
                fine(press, transfer(app, town, by, id, send(Target::Counter(counter))).await);
            }
            Press::ToBranch => fine(press, transfer(app, town, by, id, send(Target::Pool(branch.1))).await),
            Press::TakeOver => fine(press, counters::open(app, town, by, counter, IfTaken::TakeOver).await),
            Press::Close => fine(press, counters::close(app, town, by, own).await),
            Press::Pause => fine(press, counters::pause(app, town, by, own, self.rng.random()).await),
            Press::Wait => app.clock.advance(TimeDelta::minutes(1)),
        }
        if let Some(after) = self.went_on(id).await {
            self.visits.push(after);
        }
    }

    /// The visit that goes on from this one, should it be new.
    async fn went_on(&self, id: VisitId) -> Option<VisitId> {
        let visit = store::queue::visit(&self.house.app.db, id).await.unwrap().unwrap();
        let last = store::queue::passing::last_of(&self.house.app.db, visit).await.unwrap();
        (!self.visits.contains(&last.id)).then_some(last.id)
    }

    async fn now(&self) -> Vec<Visit> {
        let mut all = Vec::new();
        for id in &self.visits {
            all.push(store::queue::visit(&self.house.app.db, *id).await.unwrap().unwrap());
        }
        all
    }

    /// What must hold whatever was pressed.
    async fn check(&self, seed: u64) {
        let all = self.now().await;
        for counter in &self.counters {
            let at = |visit: &&Visit| {
                visit.counter == Some(*counter)
                    && matches!(visit.state, VisitState::Called | VisitState::Serving)
            };
            assert!(all.iter().filter(at).count() <= 1, "seed {seed}: {counter} has two");
        }
        for visit in &all {
            let mut events = store::events::of_subject(&self.house.app.db, visit.id.0).await.unwrap();
            events.retain(|event| event.from.is_some());
            let mut state = VisitState::Waiting;
            while let Some(first) = events.first() {
                // One press may take two steps at the same instant (called, finished): the one that begins here is first.
                let at = first.at;
                let next =
                    events.iter().position(|it| it.at == at && it.from.as_deref() == Some(state.as_str()));
                let event =
                    events.remove(next.unwrap_or_else(|| panic!("seed {seed}: nothing follows {state:?}")));
                let to = VisitState::parse(&event.to).unwrap();
                let drawn = VISIT_TRANSITIONS.iter().any(|(from, _, after)| (*from, *after) == (state, to));
                assert!(drawn, "seed {seed}: {state:?} to {to:?}");
                state = to;
            }
            assert_eq!(state, visit.state, "seed {seed}: the log ends where the visit stands");
            assert_eq!(visit.ended_at.is_some(), visit.state.is_final(), "seed {seed}: {visit:?}");
            let running = self.house.running_sessions(visit.id).await;
            assert_eq!(running, usize::from(visit.state == VisitState::Serving), "seed {seed}: {visit:?}");
        }
        let people = all.iter().filter(|visit| visit.state != VisitState::Transferred).count();
        assert_eq!(people, PEOPLE, "seed {seed}: everybody is somewhere, and once");
    }
}

/// People who come in each run, verbs that are pressed, runs on each database.
const PEOPLE: usize = 7;
const PRESSED: usize = 120;
const RUNS: u64 = 3;

fn fine<T>(press: Press, outcome: Outcome<T, QueueRefused>) {
    match outcome {
        Ok(_) | Err(Error::Refused(_)) => {}
        Err(Error::Failed(failure)) => panic!("{press:?}: {failure:?}"),
    }
}

#[tokio::test]
async fn whatever_several_people_press_the_machine_stays_as_it_is_drawn() {
    each(async |house: House| {
        for seed in 0..RUNS {
            let mut run = Run {
                house: &house,
                rng: StdRng::seed_from_u64(seed),
                visits: Vec::new(),
                counters: house.all_counters().await,
            };
            for _ in 0..PEOPLE {
                run.visits.push(house.draw(None).await.unwrap().visit.id);
            }
            for _ in 0..PRESSED {
                let who = run.rng.random_range(0..3);
                let by = house.staff(who).await;
                run.press(&by).await;
                house.app.clock.advance(TimeDelta::seconds(1));
            }
            run.check(seed).await;
            house.send_everybody_home(&run.visits).await;
        }
    })
    .await;
}

impl House {
    async fn all_counters(&self) -> Vec<CounterId> {
        let all = counters::list(&self.app, &self.town).await.unwrap();
        all.into_iter().map(|view| view.counter.id).collect()
    }

    async fn running_sessions(&self, visit: VisitId) -> usize {
        store::queue::sessions::running(&self.app.db, visit).await.unwrap()
    }

    /// The next run begins in an empty house.
    async fn send_everybody_home(&self, visits: &[VisitId]) {
        for visit in visits {
            // Whoever is finished, missed or sent on has gone already.
            let _ = serving::leave(&self.app, &self.town, Actor::System, *visit).await;
        }
    }
}

/// How many statements a piece of work runs.
async fn statements<T>(counted: &AtomicUsize, work: impl Future<Output = T>) -> (T, usize) {
    counted.store(0, Ordering::SeqCst);
    let done = work.await;
    (done, counted.load(Ordering::SeqCst))
}

#[tokio::test]
async fn the_verbs_of_every_day_cost_as_many_statements_with_fifty_waiting_as_with_one() {
    each(async |mut house: House| {
        let counted = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&counted);
        house.app.app.db.observe(move |_| {
            seen.fetch_add(1, Ordering::SeqCst);
        });
        let staff = house.seated(0).await;
        let counter = staff.counter.unwrap();
        let mut costs = Vec::new();
        for crowd in [2, 50] {
            for _ in 0..crowd {
                house.draw(None).await.unwrap();
            }
            let booked = house.book(10).await;
            let (app, town) = (&house.app, &house.town);
            let tap = format!("tap-{crowd:08}");
            let (_, check_in) = statements(&counted, house.check_in(&booked, &tap)).await;
            let (visit, call) = statements(&counted, calling::call_next(app, town, &staff, counter)).await;
            let visit = visit.unwrap().id;
            let (_, queue) = statements(&counted, house.desk(&staff)).await;
            let (_, start) = statements(&counted, serving::start(app, town, &staff, visit)).await;
            let (_, finish) =
                statements(&counted, serving::finish(app, town, &staff, visit, Vec::new())).await;
            costs.push([check_in, call, queue, start, finish]);
        }
        println!(
            "{:?}: check-in, call, queue, start, finish: {costs:?}",
            house.app.database_url.split(':').next()
        );
        assert_eq!(costs[0], costs[1], "no query for each person");
        let most = [24, 16, 18, 12, 12];
        assert!(costs[0].iter().zip(most).all(|(cost, most)| *cost <= most), "{costs:?} above {most:?}");
    })
    .await;
}
