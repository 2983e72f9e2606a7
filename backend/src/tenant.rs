//! Whose request it is: the town found by the host name, put beside the request for every handler.

use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use domain::town::Town;
use operations::App;
use poem::http::{StatusCode, header};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};

use crate::guard::problem;
use crate::problem::{Description, failed};

/// Towns are few and change rarely: they are read again after this long.
const FRESH_FOR: Duration = Duration::from_secs(10);

/// The towns, and when they were read.
type Kept = (Instant, Arc<[Arc<Town>]>);

/// The middleware that finds the town.
#[derive(Clone)]
pub struct Tenant {
    app: App,
    towns: Arc<RwLock<Option<Kept>>>,
}

impl Tenant {
    /// Finds towns in this application's database.
    pub fn new(app: App) -> Self {
        Self { app, towns: Arc::default() }
    }

    async fn towns(&self) -> Result<Arc<[Arc<Town>]>, Box<Description>> {
        if let Some((read_at, towns)) = &*self.towns.read().expect("no holder of this lock panics")
            && read_at.elapsed() < FRESH_FOR
        {
            return Ok(Arc::clone(towns));
        }
        let towns = operations::town::all(&self.app).await.map_err(|failure| Box::new(failed(&failure)))?;
        let towns: Arc<[Arc<Town>]> = towns.into_iter().map(Arc::new).collect();
        if !towns.is_empty() {
            let mut kept = self.towns.write().expect("no holder of this lock panics");
            *kept = Some((Instant::now(), Arc::clone(&towns)));
        }
        Ok(towns)
    }

    async fn town_of(&self, request: &Request) -> Result<Arc<Town>, Box<Description>> {
        let host = request.header(header::HOST).unwrap_or_default();
        let towns = self.towns().await?;
        operations::town::of_host(&towns, host).cloned().ok_or_else(|| {
            Box::new(Description::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "no_town",
                "Unter dieser Adresse ist noch keine Stadt eingerichtet.",
                "No town is set up under this address yet.",
            ))
        })
    }
}

impl<E: Endpoint> Middleware<E> for Tenant {
    type Output = OfTown<E>;

    fn transform(&self, inner: E) -> OfTown<E> {
        OfTown { inner, tenant: self.clone() }
    }
}

/// An endpoint that knows the town.
pub struct OfTown<E> {
    inner: E,
    tenant: Tenant,
}

impl<E: Endpoint> Endpoint for OfTown<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        match self.tenant.town_of(&request).await {
            Ok(town) => {
                request.extensions_mut().insert(town);
                Ok(self.inner.call(request).await?.into_response())
            }
            Err(description) => Ok(problem(*description)),
        }
    }
}
