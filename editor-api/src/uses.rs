//! Who uses what lies beside flows: the flows behind each secret, data table and file. It is told of the flows that are served, as they are now; what
//! a template decides while a conversation runs is not known before.

use crate::house::{House, HouseError};
use crate::problem::Problem;
use async_trait::async_trait;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use utoipa::ToSchema;

/// The flows that use what lies beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Uses {
    /// By the name of a secret, also of one that nobody has set.
    pub secrets: BTreeMap<String, BTreeSet<String>>,
    /// By the name of a data table.
    pub tables: BTreeMap<String, BTreeSet<String>>,
    /// By the path of a file below the folder of flows.
    pub files: BTreeMap<String, BTreeSet<String>>,
}

/// What knows who uses what.
#[async_trait]
pub trait UseFinder: Send + Sync {
    /// The uses of all flows.
    async fn uses(&self) -> Result<Uses, HouseError>;
}

/// Which flows use which secrets, data tables and files beside flows.
#[utoipa::path(get, path = "/api/v1/uses", responses((status = 200, body = Uses, description = "The flows, by what they use")))]
pub(crate) async fn uses(State(house): State<Arc<dyn House>>) -> Result<Json<Uses>, Problem> {
    Ok(Json(house.uses().await?))
}
