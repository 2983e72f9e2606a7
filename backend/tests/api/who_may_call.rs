//! Who may call what: every operation of the description has a row, and is called as everybody, with ids that exist.

mod cases;
mod world;

use crate::contract::{operations, spec};
use crate::support::Answer;
use world::World;

/// Everybody there is, in the order of the table's columns. The neighbours are staff of another town: under their
/// own host name, and astray with their session under ours; they always ask for what is ours.
pub const WHO: [&str; 14] = [
    "nobody",
    "citizen",
    "holder",
    "ticket",
    "another visitor",
    "terminal",
    "display",
    "revoked terminal",
    "desk",
    "admin",
    "ops",
    "neighbour's admin",
    "neighbour's ops",
    "neighbour's admin astray",
];

/// `+`: it is done; `1`, `3`, `4`: turned away with 401, 403 or 404; `2`: told that there is no such thing (422); `9`: that
/// there is nothing of that kind of one's own (409).
#[rustfmt::skip]
const TABLE: &[(&str, &str)] = &[
    //                           n c h t o T D R d a p A P S
    // For everybody.
    ("get_town",                "+ + + + + + + + + + + + + +"),
    ("list_services",           "+ + + + + + + + + + + + + +"),
    ("get_service",             "+ + + + + + + + + + + + + +"),
    ("note_online",             "+ + + + + + + + + + + + + +"),
    ("free_slots",              "+ + + + + + + + + + + + + +"),
    ("get_push_key",            "+ + + + + + + + + + + + + +"),
    ("get_live_board",          "+ + + + + + + + + + + + + +"),
    ("challenge_hold",          "+ + + + + + + + + + + + + +"),
    ("hold_slot",               "+ + + + + + + + + + + 2 2 +"),
    ("join_waiting_list",       "+ + + + + + + + + + + + + +"),
    ("sign_in",                 "+ + + + + + + + + + + + + +"),
    ("enrol_device",            "+ + + + + + + + + + + 2 2 +"),
    ("get_demo",                "+ + + + + + + + + + + + + +"),
    ("list_demo_phones",        "+ + + + + + + + + + + + + +"),
    ("watch_demo_phones",       "+ + + + + + + + + + + + + +"),
    ("read_demo_phone",         "+ + + + + + + + + + + + + +"),
    ("list_demo_mails",         "+ + + + + + + + + + + + + +"),
    ("reply_from_demo_phone",   "+ + + + + + + + + + + + + +"),
    // Whoever holds a slot, for this slot.
    ("extend_hold",             "1 1 + 1 4 1 1 1 1 1 1 1 1 1"),
    ("release_hold",            "1 1 + 1 4 1 1 1 1 1 1 1 1 1"),
    ("book_appointment",        "1 1 + 1 4 1 1 1 1 1 1 1 1 1"),
    ("verify_booking",          "1 1 + 1 4 1 1 1 1 1 1 1 1 1"),
    ("resend_code",             "1 1 + 1 4 1 1 1 1 1 1 1 1 1"),
    ("change_phone",            "1 1 + 1 4 1 1 1 1 1 1 1 1 1"),
    // Whoever has the link of an appointment, for this appointment.
    ("get_appointment",         "1 + 1 1 + 1 1 1 1 1 1 1 1 1"),
    ("cancel_appointment",      "1 + 1 1 + 1 1 1 1 1 1 1 1 1"),
    ("wait_for_earlier",        "1 + 1 1 + 1 1 1 1 1 1 1 1 1"),
    ("slots_to_move_to",        "1 + 1 1 + 1 1 1 1 1 1 1 1 1"),
    ("move_appointment",        "1 + 1 1 + 1 1 1 1 1 1 1 1 1"),
    ("get_calendar_file",       "1 + 1 1 + 1 1 1 1 1 1 1 1 1"),
    ("check_in_by_link",        "1 + 1 1 + 1 1 1 1 1 1 1 1 1"),
    // Whoever has the link of an appointment or of a ticket, for this ticket.
    ("get_ticket",              "1 + 1 + + 1 1 1 1 1 1 1 1 1"),
    ("watch_ticket",            "1 + 1 + + 1 1 1 1 1 1 1 1 1"),
    ("rejoin_queue",            "1 + 1 + + 1 1 1 1 1 1 1 1 1"),
    ("leave_queue",             "1 + 1 + + 1 1 1 1 1 1 1 1 1"),
    ("subscribe_push",          "1 + 1 + + 1 1 1 1 1 1 1 1 1"),
    ("unsubscribe_push",        "1 + 1 + + 1 1 1 1 1 1 1 1 1"),
    // Whoever has the secret, which stands in the body; nobody here has it.
    ("renew_push",              "4 4 4 4 4 4 4 4 4 4 4 4 4 4"),
    ("push_shown",              "4 4 4 4 4 4 4 4 4 4 4 4 4 4"),
    ("verify_waiting",          "4 4 4 4 4 4 4 4 4 4 4 4 4 4"),
    ("get_waiting_entry",       "4 4 4 4 4 4 4 4 4 4 4 4 4 4"),
    ("leave_waiting_list",      "4 4 4 4 4 4 4 4 4 4 4 4 4 4"),
    ("get_offer",               "4 4 4 4 4 4 4 4 4 4 4 4 4 4"),
    ("accept_offer",            "4 4 4 4 4 4 4 4 4 4 4 4 4 4"),
    ("stop_mails",              "4 4 4 4 4 4 4 4 4 4 4 4 4 4"),
    ("decline_offer",           "4 4 4 4 4 4 4 4 4 4 4 4 4 4"),
    // Devices.
    ("get_device",              "1 1 1 1 1 + + 1 1 1 1 1 1 1"),
    ("get_foyer_code",          "1 1 1 1 1 + + 1 1 1 1 1 1 1"),
    ("get_terminal",            "1 1 1 1 1 + 3 1 1 1 1 1 1 1"),
    ("check_in",                "1 1 1 1 1 + 3 1 1 1 1 1 1 1"),
    ("slots_for_code",          "1 1 1 1 1 + 3 1 1 1 1 1 1 1"),
    ("move_and_check_in",       "1 1 1 1 1 + 3 1 1 1 1 1 1 1"),
    ("send_lost_code",          "1 1 1 1 1 + 3 1 1 1 1 1 1 1"),
    ("draw_ticket",             "1 1 1 1 1 + 3 1 1 1 1 1 1 1"),
    ("get_display",             "1 1 1 1 1 3 + 1 1 1 1 1 1 1"),
    ("watch_display",           "1 1 1 1 1 3 + 1 1 1 1 1 1 1"),
    // Staff, in their own town.
    ("sign_out",                "1 1 1 1 1 1 1 1 + + + + + 1"),
    ("get_me",                  "1 1 1 1 1 1 1 1 + + + + + 1"),
    ("list_counters",           "1 1 1 1 1 1 1 1 + + 3 + 3 1"),
    ("book_for_caller",         "1 1 1 1 1 1 1 1 + + 3 2 3 1"),
    ("cancel_booking",          "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("move_booking",            "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("free_slots_for_staff",    "1 1 1 1 1 1 1 1 + + 3 + 3 1"),
    ("get_day",                 "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("open_counter",            "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("close_counter",           "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("pause_counter",           "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("get_queue",               "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("watch_queue",             "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("call_next",               "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("call_visit",              "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("recall_visit",            "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("put_back_visit",          "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("start_visit",             "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("finish_visit",            "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("mark_visit_missed",       "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("park_visit",              "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("resume_visit",            "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("rejoin_visit",            "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("leave_visit",             "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("transfer_visit",          "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("grant_visit",             "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("note_visit",              "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("raise_emergency",         "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("answer_emergency",        "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("end_emergency",           "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("find_people",             "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("check_in_booking",        "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("mark_no_show",            "1 1 1 1 1 1 1 1 + + 3 4 3 1"),
    ("list_staff",              "1 1 1 1 1 1 1 1 3 + 3 + 3 1"),
    ("add_staff",               "1 1 1 1 1 1 1 1 3 + 3 + 3 1"),
    ("list_devices",            "1 1 1 1 1 1 1 1 3 + 3 + 3 1"),
    ("deactivate_staff",        "1 1 1 1 1 1 1 1 3 + 3 4 3 1"),
    ("create_device",           "1 1 1 1 1 1 1 1 3 + 3 2 3 1"),
    ("renew_device_code",       "1 1 1 1 1 1 1 1 3 + 3 4 3 1"),
    ("set_self_service",        "1 1 1 1 1 1 1 1 3 + 3 4 3 1"),
    ("revoke_device",           "1 1 1 1 1 1 1 1 3 + 3 4 3 1"),
    ("list_setup_changes",      "1 1 1 1 1 1 1 1 3 + 3 + 3 1"),
    ("get_week",                "1 1 1 1 1 1 1 1 3 + 3 4 3 1"),
    ("get_accuracy",            "1 1 1 1 1 1 1 1 3 + 3 + 3 1"),
    ("preview_closure",         "1 1 1 1 1 1 1 1 3 + 3 4 3 1"),
    ("close_office",            "1 1 1 1 1 1 1 1 3 + 3 4 3 1"),
    ("reopen_office",           "1 1 1 1 1 1 1 1 3 + 3 4 3 1"),
    ("get_opening",             "1 1 1 1 1 1 1 1 3 + 3 4 3 1"),
    ("preview_opening",         "1 1 1 1 1 1 1 1 3 + 3 4 3 1"),
    ("set_opening",             "1 1 1 1 1 1 1 1 3 + 3 4 3 1"),
    ("list_staff_services",     "1 1 1 1 1 1 1 1 + + 3 + 3 1"),
    ("invite",                  "1 1 1 1 1 1 1 1 + + 3 + 3 1"),
    ("list_plan_services",      "1 1 1 1 1 1 1 1 3 + 3 + 3 1"),
    ("list_places",             "1 1 1 1 1 1 1 1 3 + 3 + 3 1"),
    ("get_plan_service",        "1 1 1 1 1 1 1 1 3 + 3 4 3 1"),
    ("set_service",             "1 1 1 1 1 1 1 1 3 + 3 4 3 1"),
    // Our departments and pools are none of the neighbour's.
    ("create_service",          "1 1 1 1 1 1 1 1 3 + 3 2 3 1"),
    ("export_setup",            "1 1 1 1 1 1 1 1 3 + 3 + 3 1"),
    ("import_setup",            "1 1 1 1 1 1 1 1 3 + 3 + 3 1"),
    // The neighbour's admin changes the neighbour's rules.
    ("get_booking_terms",       "1 1 1 1 1 1 1 1 3 + 3 + 3 1"),
    ("get_admission",           "1 1 1 1 1 1 1 1 3 + 3 + 3 1"),
    ("set_admission",           "1 1 1 1 1 1 1 1 3 + 3 4 3 1"),
    ("ask_foyer_code",          "1 1 1 1 1 1 1 1 3 + 3 + 3 1"),
    ("list_notices",            "1 1 1 1 1 1 1 1 3 + 3 + 3 1"),
    ("set_notice",              "1 1 1 1 1 1 1 1 3 + 3 4 3 1"),
    ("list_texts",              "1 1 1 1 1 1 1 1 3 + 3 + 3 1"),
    ("set_text",                "1 1 1 1 1 1 1 1 3 + 3 + 3 1"),
    ("preview_text",            "1 1 1 1 1 1 1 1 3 + 3 + 3 1"),
    ("text_history",            "1 1 1 1 1 1 1 1 3 + 3 + 3 1"),
    ("set_booking_terms",       "1 1 1 1 1 1 1 1 3 + 3 + 3 1"),
    // Each appointment is answered for itself: the neighbours hear that ours stayed where it was.
    ("replan",                  "1 1 1 1 1 1 1 1 3 + 3 + 3 1"),
    ("undo_replan",             "1 1 1 1 1 1 1 1 3 + 3 4 3 1"),
    ("ops_overview",            "1 1 1 1 1 1 1 1 3 + + + + 1"),
    ("get_budget",              "1 1 1 1 1 1 1 1 3 + + + + 1"),
    ("set_budget",              "1 1 1 1 1 1 1 1 3 3 + 3 + 1"),
    ("watch_ops",               "1 1 1 1 1 1 1 1 3 + + + + 1"),
    ("list_messages",           "1 1 1 1 1 1 1 1 3 + + + + 1"),
    ("get_message",             "1 1 1 1 1 1 1 1 3 + + 4 4 1"),
    ("retry_message",           "1 1 1 1 1 1 1 1 3 3 + 3 4 1"),
    ("cancel_message",          "1 1 1 1 1 1 1 1 3 3 + 3 4 1"),
    ("reveal_message",          "1 1 1 1 1 1 1 1 3 3 + 3 4 1"),
    ("search_inbound",          "1 1 1 1 1 1 1 1 3 + + + + 1"),
    ("reveal_inbound",          "1 1 1 1 1 1 1 1 3 3 + 3 4 1"),
    ("list_pauses",             "1 1 1 1 1 1 1 1 3 + + + + 1"),
    ("list_providers",          "1 1 1 1 1 1 1 1 3 + + + + 1"),
    // The neighbours stop and divide their own messages.
    ("pause_messages",          "1 1 1 1 1 1 1 1 3 3 + 3 + 1"),
    ("resume_messages",         "1 1 1 1 1 1 1 1 3 3 + 3 + 1"),
    ("set_provider_weights",    "1 1 1 1 1 1 1 1 3 3 + 3 + 1"),
    ("search_messages",         "1 1 1 1 1 1 1 1 3 + + + + 1"),
    ("preview_bulk",            "1 1 1 1 1 1 1 1 3 + + + + 1"),
    ("list_bulk",               "1 1 1 1 1 1 1 1 3 + + + + 1"),
    // Nothing of the neighbour's failed: ours is not theirs to send.
    ("begin_bulk",              "1 1 1 1 1 1 1 1 3 3 + 3 9 1"),
    ("agree_to_bulk",           "1 1 1 1 1 1 1 1 3 3 + 3 4 1"),
    ("withdraw_bulk",           "1 1 1 1 1 1 1 1 3 3 + 3 4 1"),
    ("get_tomorrow",            "1 1 1 1 1 1 1 1 3 + + + + 1"),
    ("list_opt_outs",           "1 1 1 1 1 1 1 1 3 + + + + 1"),
    ("lift_opt_out",            "1 1 1 1 1 1 1 1 3 3 + 3 4 1"),
    ("list_ops_acts",           "1 1 1 1 1 1 1 1 3 + + + + 1"),
    // Of one's own town: the neighbours' admin sees the neighbours' days, not ours.
    ("get_statistics",          "1 1 1 1 1 1 1 1 3 + 3 2 3 1"),
    ("list_durations",          "1 1 1 1 1 1 1 1 3 + 3 + 3 1"),
    ("decide_duration",         "1 1 1 1 1 1 1 1 3 + 3 4 3 1"),
    ("get_staffing",            "1 1 1 1 1 1 1 1 3 + 3 4 3 1"),
    ("try_staffing",            "1 1 1 1 1 1 1 1 3 + 3 4 3 1"),
];

/// The words a caller who is turned away may hear.
const CODES: [(u16, &[&str]); 5] = [
    (401, &["not_signed_in", "device_revoked"]),
    (403, &["not_allowed"]),
    (
        404,
        &[
            "not_found",
            "no_such_device",
            "message_unknown",
            "staff_unknown",
            "bulk_unknown",
            "opt_out_unknown",
        ],
    ),
    (409, &["bulk_empty"]),
    (422, &["enrolment_code_unknown", "invalid", "invalid_fields"]),
];

#[tokio::test]
async fn every_operation_lets_in_whom_the_table_names_and_nobody_else() {
    let mut world = World::build().await;
    let spec = spec();
    let mut wrong = Vec::new();
    let mut seen = Vec::new();
    for (method, path, operation) in operations(&spec) {
        let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
        let Some((_, row)) = TABLE.iter().find(|(name, _)| *name == id) else {
            wrong.push(format!("{id} ({method} {path}) has no row in the table"));
            continue;
        };
        let mut case = world.prepare(&id, "nobody").await;
        for (who, expected) in WHO.iter().zip(row.split(' ')) {
            if expected == "+" {
                case = world.prepare(&id, who).await;
            }
            let answer = world.call((&method, &path, &id), &case, who).await;
            if let Err(why) = judge(&answer, expected) {
                wrong.push(format!("{id} as {who}: {why}"));
            }
            for secret in world.secrets(who) {
                if answer.text().contains(secret.as_str()) {
                    wrong.push(format!("{id} as {who} tells what is not theirs: {}", answer.text()));
                }
            }
        }
        seen.push(id);
    }
    for (id, _) in TABLE {
        if !seen.iter().any(|seen| seen == id) {
            wrong.push(format!("{id} is in the table but not in the API"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn judge(answer: &Answer, expected: &str) -> Result<(), String> {
    let status = answer.status.as_u16();
    let as_expected = match expected {
        "+" => answer.status.is_success(),
        "1" => status == 401,
        "3" => status == 403,
        "2" => status == 422,
        "9" => status == 409,
        _ => status == 404,
    };
    if !as_expected {
        return Err(format!("{status}, but the table says `{expected}`: {}", answer.text()));
    }
    if expected == "+" {
        return Ok(());
    }
    let code = answer.json()["code"].as_str().unwrap_or_default().to_owned();
    let known = CODES.iter().any(|(of, codes)| *of == status && codes.contains(&code.as_str()));
    if known { Ok(()) } else { Err(format!("{status} with the word {code:?}")) }
}
