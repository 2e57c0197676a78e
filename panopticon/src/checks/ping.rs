//! Asks a dependency for an answer, and tells a busy connection pool from a dependency that is down.

mod attempt;

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use self::attempt::{Answer, Attempt, Connection, Outcome};
use super::Pulse;
use crate::check::duration;
use crate::health::{Health, IntoHealth, Status};

/// The time limit unless another one is set. The health check's own is 2 s by default.
const TIME_LIMIT: Duration = Duration::from_millis(1500);

/// Checks that a dependency answers within 1.5 s: that the future ends without an error. Given the
/// state of a [`pool`](Ping::pool), it tells a busy dependency from one that is down.
///
/// ```
/// use panopticon::checks::{Pool, ping};
/// use panopticon::{Health, healthcheck};
/// # pub struct PgPool;
/// # impl PgPool {
/// #     async fn execute(&self, _sql: &str) -> std::io::Result<()> { Ok(()) }
/// #     fn size(&self) -> usize { 3 }
/// #     fn num_idle(&self) -> usize { 2 }
/// # }
///
/// #[healthcheck]
/// async fn database(pool: &PgPool) -> Health {
///     ping(pool.execute("SELECT 1"))
///         .pool(|| Pool::of(pool.size().saturating_sub(pool.num_idle()), 10, None))
///         .await
/// }
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let health = database(&PgPool).await;
/// assert_eq!(health.message(), Some("answers"));
/// assert_eq!(health.detail("connections_in_use"), Some(&1.into()));
/// assert_eq!(health.detail("connections_max"), Some(&10.into()));
/// # });
/// ```
///
/// | what happens | the result |
/// | --- | --- |
/// | the future ends without an error | healthy, `answers` |
/// | it ends with an error | the same as a health check that returns this error: unhealthy, with the error's text |
/// | it does not end in time | unhealthy, `no answer for 1.5s` |
/// | the same, and all connections of the pool are in use before and after | degraded, `all 10 connections in use for 1.5s` |
/// | an error for which [`busy_if`](Ping::busy_if) returns true, while all connections are in use | degraded, `all 10 connections in use` |
/// | no answer, or such an error, and the dependency does not accept the connection that [`connect`](Ping::connect) opens | unhealthy, with the error's text, or `no answer for 1.5s, nor a new connection` |
///
/// The state of the pool becomes the details `connections_in_use`, `connections_max` and, if it is
/// known, `connections_waiting`.
///
/// The time limit must be shorter than that of the health check, 2 s unless it says otherwise. The
/// health check would otherwise report "timed out after 2s" before the ping can say more.
pub fn ping<'a, F, T, E>(future: F) -> Ping<'a, E>
where
    F: Future<Output = Result<T, E>> + Send + 'a,
{
    Ping {
        future: Box::pin(async move { future.await.map(drop) }),
        connect: None,
        pool: None,
        busy_if: None,
        answers_within: None,
        timeout: TIME_LIMIT,
    }
}

/// A check that a dependency answers, from [`ping`]: `.await` it.
///
/// When the time limit is over, or when this is dropped, the future is dropped too, which gives a
/// connection back to its pool or closes it.
#[must_use = "nothing is checked until this is awaited"]
pub struct Ping<'a, E> {
    future: AnyFuture<'a, E>,
    connect: Option<AnyFuture<'a, E>>,
    pool: Option<Box<dyn PoolState + Send + 'a>>,
    busy_if: Option<IsBusy<'a, E>>,
    answers_within: Option<&'a Pulse>,
    timeout: Duration,
}

type AnyFuture<'a, E> = Pin<Box<dyn Future<Output = Result<(), E>> + Send + 'a>>;
type IsBusy<'a, E> = Box<dyn Fn(&E) -> bool + Send + 'a>;

/// The connections of a pool at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    in_use: usize,
    max: usize,
    waiting: Option<usize>,
}

/// The state of a pool, for [`Ping::pool`]: a closure that returns it now, or a [`Pool`] that was
/// read before.
pub trait PoolState {
    /// Returns the connections at this moment.
    fn connections(&self) -> Pool;
}

impl Pool {
    /// Creates the state of a pool: the number of connections that are in use, the maximum number of
    /// connections, and how many tasks wait for one, or `None` if the pool does not count them.
    ///
    /// | pool | in use | maximum | waiting |
    /// | --- | --- | --- | --- |
    /// | sqlx | `(pool.size() as usize).saturating_sub(pool.num_idle())` | `pool.options().get_max_connections() as usize` | `None` |
    /// | deadpool | `status.size - status.available` of `pool.status()`, saturating | `status.max_size` | `status.waiting` |
    /// | bb8, r2d2 | `state.connections - state.idle_connections` of `pool.state()`, saturating | what the builder's `max_size` was | `None` |
    #[must_use]
    pub fn of(in_use: usize, max: usize, waiting: impl Into<Option<usize>>) -> Self {
        Self { in_use, max, waiting: waiting.into() }
    }

    fn is_exhausted(&self) -> bool {
        // A pool without any connection is not busy: the dependency accepts none.
        self.max > 0 && self.in_use >= self.max
    }

    /// Returns what an exhausted pool looks like.
    fn exhausted_text(self) -> String {
        match self.max {
            1 => "the only connection is in use".to_owned(),
            max => format!("all {max} connections in use"),
        }
    }

    fn add_to(self, health: Health) -> Health {
        let health =
            health.with("connections_in_use", self.in_use).with("connections_max", self.max);
        match self.waiting {
            Some(waiting) => health.with("connections_waiting", waiting),
            None => health,
        }
    }
}

impl PoolState for Pool {
    fn connections(&self) -> Pool {
        *self
    }
}

impl<F: Fn() -> Pool> PoolState for F {
    fn connections(&self) -> Pool {
        self()
    }
}

impl<'a, E> Ping<'a, E> {
    /// Gives the state of the connection pool that the future takes its connection from.
    ///
    /// A closure is called before and after the future. Only if all connections are in use both
    /// times has the ping waited for a connection. If one was free at first, the ping had it, and it
    /// was the dependency that did not answer.
    ///
    /// A dependency that hangs under load soon looks busy as well, since the requests that wait for
    /// it hold all connections. [`connect`](Self::connect) tells the two apart, and
    /// [`answers_within`](Self::answers_within) limits how long this is degraded.
    pub fn pool(mut self, pool: impl PoolState + Send + 'a) -> Self {
        self.pool = Some(Box::new(pool));
        self
    }

    /// Tells which errors mean that no connection became free in time, for pools that give up before
    /// the ping does.
    ///
    /// ```
    /// # use panopticon::checks::{Pool, ping};
    /// # enum PoolError { TimedOut, Closed }
    /// # impl From<PoolError> for Box<dyn std::error::Error + Send + Sync> {
    /// #     fn from(_: PoolError) -> Self { "the pool is closed".into() }
    /// # }
    /// # async fn query() -> Result<(), PoolError> { Err(PoolError::TimedOut) }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let health = ping(query())
    ///     .pool(Pool::of(10, 10, 3))
    ///     .busy_if(|error| matches!(error, PoolError::TimedOut))
    ///     .await;
    /// assert_eq!(health.message(), Some("all 10 connections in use"));
    /// # });
    /// ```
    pub fn busy_if(mut self, is_busy: impl Fn(&E) -> bool + Send + 'a) -> Self {
        self.busy_if = Some(Box::new(is_busy));
        self
    }

    /// Opens a connection outside of the pool if there is no answer, to find out why: a busy
    /// dependency accepts it, and one that is down does not.
    ///
    /// The future begins when half of the time limit is over, or at once after an error for which
    /// [`busy_if`](Self::busy_if) returns true, and has the rest of the time. An answer that comes
    /// while it runs still counts. If it ends with an error, that is the result, unless `busy_if`
    /// returns true for this error too, such as for "too many connections".
    ///
    /// A pool often does not say why it has no connection. That of sqlx tries to connect until its
    /// time is over, and counts the connections that it tries to open as in use: with requests
    /// waiting, a database that is down looks busy.
    ///
    /// ```
    /// # use panopticon::checks::{Pool, ping};
    /// # use std::io;
    /// # async fn query() -> io::Result<()> { Err(io::ErrorKind::TimedOut.into()) }
    /// # async fn open() -> io::Result<()> { Err(io::ErrorKind::ConnectionRefused.into()) }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let health = ping(query())
    ///     .pool(Pool::of(10, 10, 3))
    ///     .busy_if(|error| error.kind() == io::ErrorKind::TimedOut)
    ///     .connect(open())
    ///     .await;
    /// assert_eq!(health.message(), Some("connection refused"));
    /// # });
    /// ```
    pub fn connect<C, T>(mut self, connect: C) -> Self
    where
        C: Future<Output = Result<T, E>> + Send + 'a,
    {
        self.connect = Some(Box::pin(async move { connect.await.map(drop) }));
        self
    }

    /// Makes a busy pool unhealthy once no ping has been answered for longer than the time limit of
    /// this pulse. Each answer is a beat.
    ///
    /// ```
    /// use panopticon::checks::{Pool, Pulse, ping};
    /// # async fn query() -> Result<(), String> { Ok(()) }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    ///
    /// static ANSWERS: Pulse = Pulse::new("1m");
    ///
    /// let health = ping(query()).pool(Pool::of(10, 10, 3)).answers_within(&ANSWERS).await;
    /// # assert_eq!(health.message(), Some("answers"));
    /// # assert!(ANSWERS.since_beat().is_some());
    /// # });
    /// ```
    pub fn answers_within(mut self, pulse: &'a Pulse) -> Self {
        self.answers_within = Some(pulse);
        self
    }

    /// Sets the time limit, instead of 1.5 s: more than zero and at most 30 days.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

impl<'a, E> IntoFuture for Ping<'a, E>
where
    E: 'a,
    Result<(), E>: IntoHealth,
{
    type Output = Health;
    type IntoFuture = Pin<Box<dyn Future<Output = Health> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl<E> Ping<'_, E>
where
    Result<(), E>: IntoHealth,
{
    async fn run(self) -> Health {
        let Self { future, connect, pool, busy_if, answers_within, timeout } = self;
        if !duration::is_timeout(timeout) {
            return Health::unhealthy(format!(
                "not pinged: the timeout must be {}, not {timeout:?}",
                duration::TIMEOUT
            ));
        }
        let before = pool.as_deref().map(PoolState::connections);
        let Outcome { answer, connection } =
            match (Attempt { future, connect, busy_if }).within(timeout).await {
                Ok(outcome) => outcome,
                Err(error) => return Health::unhealthy(format!("not pinged: {error}")),
            };
        let after = pool.as_deref().map(PoolState::connections);
        let exhausted = after.filter(|after| {
            after.is_exhausted() && before.is_some_and(|before| before.is_exhausted())
        });
        let health = match (answer, connection) {
            (Answer::Good, _) => answers(answers_within),
            (Answer::Error(health), _) | (_, Connection::Failed(health)) => health,
            (_, Connection::Hung) => {
                Health::unhealthy(format!("no answer for {timeout:?}, nor a new connection"))
            }
            (Answer::Busy(health), Connection::Possible) => match exhausted {
                Some(pool) => busy(pool.exhausted_text(), answers_within),
                None => health,
            },
            (Answer::None, Connection::Possible) => match exhausted {
                Some(pool) => {
                    busy(format!("{} for {timeout:?}", pool.exhausted_text()), answers_within)
                }
                None => Health::unhealthy(format!("no answer for {timeout:?}")),
            },
        };
        match after {
            Some(pool) => pool.add_to(health),
            None => health,
        }
    }
}

fn answers(pulse: Option<&Pulse>) -> Health {
    if let Some(pulse) = pulse {
        pulse.beat();
    }
    Health::healthy("answers")
}

fn busy(message: String, answers_within: Option<&Pulse>) -> Health {
    let Some(pulse) = answers_within else { return Health::degraded(message) };
    let pulse = pulse.health();
    match pulse.status() {
        Status::Unhealthy => Health::unhealthy(format!(
            "{message}; the pulse of its answers: {}",
            pulse.message().unwrap_or_default()
        )),
        _ => Health::degraded(message),
    }
}

impl<E> fmt::Debug for Ping<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ping").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}
