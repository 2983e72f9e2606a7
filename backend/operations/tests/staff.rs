//! Signing in and out, and who may: on every database at hand.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

use chrono::Duration;
use domain::actor::Actor;
use domain::staff::{Role, SessionRules, SignInRefused, StaffRefused};
use domain::town::Town;
use operations::staff::{NewStaff, SignIn, SignedIn, StaffView};
use operations::testing::{TestApp, apps, town};
use operations::throttle::Limit;
use operations::{App, Error, staff};

const PASSWORD: &str = "ein-langes-kennwort";

fn rules() -> SessionRules {
    SessionRules { lifetime: Duration::hours(12), idle: Duration::hours(1) }
}

async fn add(app: &App, town: &Town, login: &str, role: Role) -> StaffView {
    let new = NewStaff {
        login: login.to_owned(),
        name: "M. Exempel".to_owned(),
        role,
        office: None,
        password: PASSWORD.to_owned(),
    };
    staff::add(app, town, Actor::System, new).await.unwrap()
}

async fn sign_in(app: &App, town: &Town, login: &str, password: &str) -> Result<SignedIn, SignInRefused> {
    let request =
        SignIn { login: login.to_owned(), password: password.to_owned(), address: "192.0.2.1".to_owned() };
    let limit = Limit { tries: 3, window: Duration::minutes(15) };
    match staff::sign_in(app, town, request, rules(), limit).await {
        Ok(signed_in) => Ok(signed_in),
        Err(Error::Refused(refusal)) => Err(refusal),
        Err(Error::Failed(failure)) => panic!("{failure}"),
    }
}

async fn member(app: &App, town: &Town, token: &str) -> Option<Role> {
    staff::member_of_session(app, town, token, rules()).await.unwrap().map(|member| member.role)
}

async fn each(mut test: impl AsyncFnMut(TestApp, Town)) {
    for app in apps().await {
        let town = town(&app).await;
        test(app, town).await;
    }
}

#[tokio::test]
async fn who_signs_in_is_known_until_they_sign_out() {
    each(async |app, town| {
        add(&app, &town, "exempel", Role::Desk).await;
        let session = sign_in(&app, &town, " Exempel ", PASSWORD).await.unwrap_or_else(|r| panic!("{r}"));
        assert_eq!(member(&app, &town, &session.token).await, Some(Role::Desk));
        staff::sign_out(&app, &town, &session.member, &session.token, rules()).await.unwrap();
        assert_eq!(member(&app, &town, &session.token).await, None);
        staff::sign_out(&app, &town, &session.member, &session.token, rules()).await.unwrap();
        assert_eq!(member(&app, &town, "somebody else's").await, None);
    })
    .await;
}

#[tokio::test]
async fn wrong_passwords_and_unknown_logins_are_the_same_refusal() {
    each(async |app, town| {
        add(&app, &town, "exempel", Role::Desk).await;
        let wrong = sign_in(&app, &town, "exempel", "falsch").await.map(|_| ()).unwrap_err();
        assert_eq!(wrong, SignInRefused::WrongCredentials);
        let unknown = sign_in(&app, &town, "niemand", PASSWORD).await.map(|_| ()).unwrap_err();
        assert_eq!(unknown, SignInRefused::WrongCredentials);
    })
    .await;
}

#[tokio::test]
async fn after_too_many_tries_even_the_right_password_waits() {
    each(async |app, town| {
        add(&app, &town, "exempel", Role::Desk).await;
        for _ in 0..3 {
            assert_eq!(
                sign_in(&app, &town, "exempel", "falsch").await.err(),
                Some(SignInRefused::WrongCredentials)
            );
        }
        let retry_at = app.clock.now() + Duration::minutes(15);
        assert_eq!(
            sign_in(&app, &town, "exempel", PASSWORD).await.err(),
            Some(SignInRefused::Throttled { retry_at })
        );
        app.clock.advance(Duration::minutes(16));
        assert!(sign_in(&app, &town, "exempel", PASSWORD).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn an_idle_session_ends_and_a_used_one_goes_on() {
    each(async |app, town| {
        add(&app, &town, "exempel", Role::Desk).await;
        let session = sign_in(&app, &town, "exempel", PASSWORD).await.unwrap_or_else(|r| panic!("{r}"));
        for _ in 0..3 {
            app.clock.advance(Duration::minutes(50));
            assert!(member(&app, &town, &session.token).await.is_some());
        }
        app.clock.advance(Duration::minutes(61));
        assert_eq!(member(&app, &town, &session.token).await, None);
    })
    .await;
}

#[tokio::test]
async fn taking_access_away_works_at_once_but_not_on_oneself() {
    each(async |app, town| {
        add(&app, &town, "exempel", Role::Desk).await;
        add(&app, &town, "chefin", Role::Admin).await;
        let admin = sign_in(&app, &town, "chefin", PASSWORD).await.unwrap_or_else(|r| panic!("{r}")).member;
        let session = sign_in(&app, &town, "exempel", PASSWORD).await.unwrap_or_else(|r| panic!("{r}"));
        let view = staff::deactivate(&app, &town, &admin, session.member.id).await.unwrap();
        assert!(!view.active);
        assert_eq!(member(&app, &town, &session.token).await, None);
        assert!(sign_in(&app, &town, "exempel", PASSWORD).await.is_err());
        let oneself = staff::deactivate(&app, &town, &admin, admin.id).await;
        assert!(matches!(oneself, Err(Error::Refused(StaffRefused::Oneself))));
        staff::deactivate(&app, &town, &admin, session.member.id).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_login_is_given_once_and_every_wrong_entry_is_named() {
    each(async |app, town| {
        add(&app, &town, "exempel", Role::Desk).await;
        let new = |login: &str, name: &str, password: &str| NewStaff {
            login: login.to_owned(),
            name: name.to_owned(),
            role: Role::Desk,
            office: None,
            password: password.to_owned(),
        };
        for (wrong, refusal) in [
            (new("EXEMPEL", "E", PASSWORD), StaffRefused::LoginTaken),
            (new("a b", "E", PASSWORD), StaffRefused::LoginInvalid),
            (new("probe", " ", PASSWORD), StaffRefused::NameInvalid),
            (new("probe", "E", "kurz"), StaffRefused::PasswordLength),
        ] {
            match staff::add(&app, &town, Actor::System, wrong).await {
                Err(Error::Refused(given)) => assert_eq!(given, refusal),
                other => panic!("{other:?} instead of {refusal:?}"),
            }
        }
        let rows = staff::list(&app, &town).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.login.as_str()).collect::<Vec<_>>(), ["exempel"]);
    })
    .await;
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_of_the_old_one() {
    each(async |app, town| {
        add(&app, &town, "exempel", Role::Ops).await;
        let session = sign_in(&app, &town, "exempel", PASSWORD).await.unwrap_or_else(|r| panic!("{r}"));
        staff::reset_password(&app, &town, "exempel", "ein-neues-kennwort".to_owned()).await.unwrap();
        assert_eq!(member(&app, &town, &session.token).await, None);
        assert!(sign_in(&app, &town, "exempel", PASSWORD).await.is_err());
        assert!(sign_in(&app, &town, "exempel", "ein-neues-kennwort").await.is_ok());
    })
    .await;
}
