//! The pieces a system test is put together from, by kind.

pub mod api;
pub mod eventually;
pub mod fake_seven;
pub mod fake_smtp;
pub mod fake_twilio;
pub mod http;
pub mod http_server;
pub mod live;
pub mod postgres;
pub mod postgres_server;
pub mod processes;
pub mod push_service;
pub mod redis_server;

pub use api::{Answer, Api, Caller};
pub use eventually::{eventually, eventually_within};
pub use fake_seven::FakeSeven;
pub use fake_smtp::FakeSmtp;
pub use fake_twilio::{FakeTwilio, Fault};
pub use live::Live;
pub use postgres::TestDatabase;
pub use postgres_server::PostgresServer;
pub use processes::{Lotse, free_port};
pub use push_service::PushService;
pub use redis_server::RedisServer;
