//! What offices write on their displays, as it travels.

use chrono::NaiveDate;
use domain::language::Text;
use domain::queue::notice::Notice;
use operations::planning::NoticeOfOffice;
use poem_openapi::Object;
use uuid::Uuid;

/// What the offices of a town wrote on their displays.
#[derive(Clone, Debug, Object)]
pub struct TownNotices {
    /// The offices.
    pub offices: Vec<OfficeNotice>,
}

/// What an office wrote on its displays.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct OfficeNotice {
    /// The office.
    pub office_id: Uuid,
    /// Its name.
    pub name: String,
    /// The notice, for now or for other days.
    pub notice: Option<NoticeBody>,
    /// Whether it stands today.
    pub stands: bool,
}

/// A notice on displays.
#[derive(Clone, Debug, Object)]
pub struct NoticeBody {
    /// What it says, in German: 1 to 160 characters.
    #[oai(validator(max_length = 1000))]
    pub de: String,
    /// What it says, in English.
    #[oai(validator(max_length = 1000))]
    pub en: Option<String>,
    /// The first day it stands.
    pub from_day: NaiveDate,
    /// The last day.
    pub until_day: NaiveDate,
}

/// What displays shall show.
#[derive(Clone, Debug, Object)]
pub struct NewNotice {
    /// The notice; without one what stands there is taken down.
    pub notice: Option<NoticeBody>,
}

impl From<Vec<NoticeOfOffice>> for TownNotices {
    fn from(found: Vec<NoticeOfOffice>) -> Self {
        let office = |one: NoticeOfOffice| OfficeNotice {
            office_id: one.office.0,
            name: one.name,
            notice: one.notice.map(NoticeBody::from),
            stands: one.stands,
        };
        Self { offices: found.into_iter().map(office).collect() }
    }
}

impl From<Notice> for NoticeBody {
    fn from(notice: Notice) -> Self {
        let Notice { text, from_day, until_day } = notice;
        Self { de: text.de, en: text.en, from_day, until_day }
    }
}

impl NewNotice {
    pub(super) fn read(self) -> Option<Notice> {
        let NoticeBody { de, en, from_day, until_day } = self.notice?;
        Some(Notice { text: Text { de, en }, from_day, until_day })
    }
}
