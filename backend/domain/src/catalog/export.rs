//! Writes a catalogue as JSON, in the form [`super::import`] reads.

use serde_json::{Map, Value, json};

use super::{Catalogue, FeeScope, Fees, Online, OnlinePossible, Planned, ServiceDetail, ServiceEntry};
use crate::language::Text;

impl Catalogue {
    /// The catalogue as a file has it; read again it is the same.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let department = |one: &super::DepartmentEntry| {
            let mut object = Map::new();
            object.insert("slug".to_owned(), json!(one.slug));
            names(&mut object, &one.name);
            Value::Object(object)
        };
        let departments: Vec<Value> = self.departments.iter().map(department).collect();
        let services: Vec<Value> = self.services.iter().map(ServiceEntry::to_json).collect();
        json!({ "departments": departments, "services": services })
    }
}

impl ServiceEntry {
    /// The service as a catalogue has it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut object = Map::new();
        let mut put = |name: &str, value: Value| {
            if !value.is_null() {
                object.insert(name.to_owned(), value);
            }
        };
        put("slug", json!(self.slug));
        put("department", json!(self.department));
        put("kind", json!(self.kind.as_str()));
        put("duration_min", json!(self.duration_min));
        put("max_quantity", json!(self.max_quantity));
        put("sms_keyword", json!(self.sms_keyword));
        let flags = [("popular", self.popular), ("sensitive", self.sensitive)];
        put("flags", flags.iter().filter(|(_, set)| *set).map(|(name, _)| *name).collect());
        put("active", json!(self.active));
        put("appointment_only", json!(self.appointment_only));
        put("bookable_from", json!(self.bookable.from));
        put("bookable_until", json!(self.bookable.until));
        detail(&self.detail, &mut put);
        names(&mut object, &self.name);
        Value::Object(object)
    }
}

fn detail(detail: &ServiceDetail, put: &mut impl FnMut(&str, Value)) {
    put("keywords", json!(detail.keywords));
    put("documents", wordings(&detail.documents));
    put("fee", detail.fees.as_ref().map_or(Value::Null, fees));
    put("online", online(&detail.online));
    put("personal_appearance_required", json!(detail.personal_appearance));
    put("proxy_allowed", json!(detail.proxy_allowed));
    put("legal_basis", json!(detail.legal_basis));
    put("note", optional(detail.note.as_ref()));
    put("leika", json!(detail.leika));
    let form = detail.form;
    let purpose = |(field, text): (&String, &Text)| json!({ "field": field, "text": wording(text) });
    let purposes: Vec<Value> = detail.purposes.iter().map(purpose).collect();
    put(
        "form",
        json!({
            "name": form.name.as_str(),
            "address": form.address.as_str(),
            "phone": form.phone.as_str(),
            "email": form.email.as_str(),
            "remark": form.remark.as_str(),
            "purposes": purposes,
        }),
    );
    put("planned", detail.planned.iter().map(planned).collect());
}

fn planned(change: &Planned) -> Value {
    json!({
        "valid_from": change.valid_from,
        "documents": change.documents.as_deref().map(wordings),
        "fee": change.fees.as_ref().map(fees),
        "online": change.online.as_ref().map(online),
    })
}

fn fees(fees: &Fees) -> Value {
    let scope = match fees.scope {
        FeeScope::Bund => "bund",
        FeeScope::Land => "land",
        FeeScope::Kommune => "kommune",
    };
    let item =
        |fee: &super::Fee| json!({ "label": wording(&fee.label), "cents": fee.cents, "extra": fee.extra });
    let items: Vec<Value> = fees.items.iter().map(item).collect();
    json!({ "scope": scope, "source": fees.source, "items": items, "note": optional(fees.note.as_ref()) })
}

fn online(online: &Online) -> Value {
    let possible = match online.possible {
        OnlinePossible::No => "no",
        OnlinePossible::Partly => "partial",
        OnlinePossible::Yes => "full",
    };
    json!({ "possible": possible, "how": optional(online.how.as_ref()), "url": online.url })
}

fn names(object: &mut Map<String, Value>, name: &Text) {
    object.insert("name_de".to_owned(), json!(name.de));
    if let Some(en) = &name.en {
        object.insert("name_en".to_owned(), json!(en));
    }
}

fn wording(text: &Text) -> Value {
    json!({ "de": text.de, "en": text.en })
}

fn wordings(texts: &[Text]) -> Value {
    texts.iter().map(wording).collect()
}

fn optional(text: Option<&Text>) -> Value {
    text.map_or(Value::Null, wording)
}
