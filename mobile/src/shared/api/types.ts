// The shapes of the HTTP API, as the contract names them. Nullable values may also be missing: ask with `== null` or `??`.

/** An instant in UTC, RFC 3339. */
export type Instant = string;
/** A local day, YYYY-MM-DD. */
export type Day = string;
export type Language = 'de' | 'en' | 'tr' | 'uk' | 'ar' | 'de-simple';

export interface Text {
  de: string;
  en?: string | null;
}

export interface FieldProblem {
  field: string;
  code: string;
  detail: Text;
}

/** application/problem+json */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: Text;
  fields: FieldProblem[];
  request_id: string;
  data?: ProblemData | null;
}

/** What a refusal may carry; which of it depends on the code. */
export interface ProblemData {
  nearest?: Slot[];
  tries_left?: number;
  resend_at?: Instant;
  retry_at?: Instant;
  starts_at?: Instant;
  day?: Day;
  office_name?: string;
  street?: string;
  staff_name?: string;
  state?: string;
  /** People who could be called, would it not make somebody late. */
  held_back?: number;
  call_again_from?: Instant;
}

// ── town and catalogue ──────────────────────────────────────────────────────────────────────────────────────

export interface Clock {
  now: Instant;
  /** Seconds of the town per real second. */
  speed: number;
  demo: boolean;
}

export interface Zone {
  id: string;
  letter: string;
  name: string;
  floor: string;
  way: Text;
}

export interface Office {
  id: string;
  slug: string;
  name: string;
  street: string;
  postal_code: string;
  city: string;
  level_access: boolean;
  zones: Zone[];
}

export interface OfficeRef {
  id: string;
  name: string;
}

export interface OfficeAddress extends OfficeRef {
  street: string;
  postal_code: string;
  city: string;
}

export interface Town {
  slug: string;
  name: string;
  languages: string[];
  zone: string;
  phone_help: string;
  demo: boolean;
  clock: Clock;
  offices: Office[];
  sms_number?: string | null;
  hold_minutes: number;
  rejoin_minutes: number;
}

export interface Department {
  id: string;
  slug: string;
  name: Text;
}

export interface ServiceSummary {
  id: string;
  slug: string;
  department_id: string;
  name: Text;
  keywords: string[];
  duration_min: number;
  fee_from_cents?: number | null;
  free_of_charge: boolean;
  online: boolean;
  popular: boolean;
}

export interface ServiceList {
  departments: Department[];
  services: ServiceSummary[];
}

export interface Fee {
  label: Text;
  cents: number;
}

export interface OnlineHow {
  possible: 'no' | 'yes' | 'partly';
  text?: Text | null;
  url?: string | null;
}

export type Asked = 'required' | 'optional' | 'not_asked';

export interface FormFields {
  name: Asked;
  address: Asked;
  phone: Asked;
  email: Asked;
  remark: Asked;
}

export interface Service extends ServiceSummary {
  documents: Text[];
  fees: Fee[];
  fee_note?: Text | null;
  online_how: OnlineHow;
  personal_appearance: boolean;
  proxy_allowed: boolean;
  max_quantity: number;
  legal_basis: string[];
  note?: Text | null;
  offices: OfficeRef[];
  fields: FormFields;
}

export interface Slot {
  pool_id: string;
  office_id: string;
  office_name: string;
  starts_at: Instant;
  ends_at: Instant;
  day: Day;
  /** Local time, "10:20". */
  time: string;
}

export interface SlotDay {
  day: Day;
  open: boolean;
  free: number;
  slots: Slot[];
}

export interface Slots {
  duration_min: number;
  days: SlotDay[];
  earliest?: Slot | null;
  horizon_day: Day;
}

export interface WaitRange {
  low_min: number;
  high_min: number;
}

export interface LiveBoardOffice {
  office_id: string;
  name: string;
  open_now: boolean;
  opens_next?: Instant | null;
  waiting: number;
  wait?: WaitRange | null;
  free_today: Slot[];
}

export interface LiveBoard {
  offices: LiveBoardOffice[];
  generated_at: Instant;
}

// ── booking ─────────────────────────────────────────────────────────────────────────────────────────────────

export interface ItemRequest {
  service: string;
  quantity: number;
}

export interface Item extends ItemRequest {
  name: Text;
}

export interface HoldRequest {
  items: ItemRequest[];
  pool_id: string;
  starts_at: Instant;
}

export interface Hold {
  id: string;
  /** Only in the answer that creates the hold. */
  token?: string | null;
  starts_at: Instant;
  ends_at: Instant;
  expires_at: Instant;
  extendable: boolean;
  office: OfficeRef;
  duration_min: number;
}

export interface BookingRequest {
  hold_id: string;
  name: string;
  address?: string | null;
  phone: string;
  email?: string | null;
  remark?: string | null;
  language: string;
}

export interface Challenge {
  sent_to: string;
  expires_at: Instant;
  resend_at: Instant;
  tries_left: number;
}

export interface PendingBooking {
  booking_id: string;
  challenge: Challenge;
}

export type AppointmentState =
  | 'unverified'
  | 'booked'
  | 'arrived'
  | 'cancelled_by_citizen'
  | 'cancelled_by_office'
  | 'no_show'
  | 'moved';

export interface Appointment {
  id: string;
  state: AppointmentState;
  rev: number;
  starts_at: Instant;
  ends_at: Instant;
  day: Day;
  office: OfficeAddress;
  zone?: Zone | null;
  items: Item[];
  documents: Text[];
  fees: Fee[];
  check_in_code: string;
  check_in_from: Instant;
  name: string;
  sent_to: string;
  language: string;
  may_cancel: boolean;
  reminder_at?: Instant | null;
  ticket?: Ticket | null;
}

export interface BookedAppointment {
  link_token: string;
  appointment: Appointment;
}

export type TicketState =
  | 'waiting'
  | 'called'
  | 'serving'
  | 'parked'
  | 'missed'
  | 'done'
  | 'left'
  | 'transferred';

export interface TicketCounter {
  /** "Platz 3" */
  name: string;
  number: string;
  way?: Text | null;
}

export interface Ticket {
  visit_id: string;
  /** "B 012" */
  number: string;
  letter: string;
  digits: string;
  state: TicketState;
  zone: Zone;
  office_name: string;
  counter?: TicketCounter | null;
  called_at?: Instant | null;
  arrived_at: Instant;
  appointment_at?: Instant | null;
  ahead: number;
  wait?: WaitRange | null;
  rejoin_until?: Instant | null;
  generated_at: Instant;
}

// ── terminal and display ────────────────────────────────────────────────────────────────────────────────────

export interface Device {
  id: string;
  kind: 'terminal' | 'display';
  name: string;
  office: Office;
  zones: Zone[];
  revoked: boolean;
}

export interface EnrolledDevice {
  token: string;
  device: Device;
}

export interface CheckInRequest {
  code: string;
  tap_key: string;
}

export interface CheckIn {
  ticket: Ticket;
  ticket_token: string;
  greeting_name?: string | null;
  timing: 'early' | 'on_time' | 'late' | 'too_late';
  appointment_at?: Instant | null;
  zone: Zone;
  wait?: WaitRange | null;
  language: string;
  already: boolean;
  next_link?: string | null;
}

export interface TerminalService {
  slug: string;
  name: Text;
  popular: boolean;
}

export interface TerminalView {
  office: Office;
  wait?: WaitRange | null;
  waiting: number;
  free_today: Slot[];
  services: TerminalService[];
  generated_at: Instant;
}

export interface TicketRequest {
  service: string;
  language: string;
  phone?: string | null;
}

export interface LostCodeRequest {
  phone: string;
}

export interface DisplayCall {
  number: string;
  letter: string;
  digits: string;
  counter: string;
  counter_name: string;
  zone_letter: string;
  called_at: Instant;
  fresh: boolean;
}

export interface DisplayView {
  office: OfficeRef;
  zones: Zone[];
  calls: DisplayCall[];
  recent: DisplayCall[];
  waiting: number;
  wait?: WaitRange | null;
  notice?: Text | null;
  generated_at: Instant;
  clock: Clock;
}

// ── staff ───────────────────────────────────────────────────────────────────────────────────────────────────

export type Role = 'desk' | 'admin' | 'ops';

export interface SignInRequest {
  login: string;
  password: string;
}

export interface CounterRef {
  id: string;
  name: string;
  number?: string | null;
}

export interface StaffMe {
  id: string;
  login: string;
  name: string;
  role: Role;
  office?: OfficeRef | null;
  counter?: CounterRef | null;
}

export type CounterState = 'closed' | 'free' | 'calling' | 'serving' | 'paused';

export interface Counter {
  id: string;
  name: string;
  number: string;
  office: OfficeRef;
  department: Text;
  zone_letter: string;
  state: CounterState;
  staff_name?: string | null;
}

export type Notified = 'sent' | 'pending' | 'failed' | 'none';

export interface Visit {
  id: string;
  number: string;
  letter: string;
  digits: string;
  state: TicketState;
  name?: string | null;
  items: Item[];
  people: number;
  appointment_at?: Instant | null;
  arrived_at: Instant;
  waited_min: number;
  due_at: Instant;
  called_at?: Instant | null;
  calls: number;
  started_at?: Instant | null;
  planned_min: number;
  counter?: CounterRef | null;
  language: string;
  sms: boolean;
  notified: Notified;
  documents: Text[];
  remark?: string | null;
  notes: string[];
  may_call: boolean;
}

export type ReasonCode = 'earliest_due' | 'early_no_harm' | 'walk_in_waited_longest' | 'vetoed';

export interface Reason {
  code: ReasonCode;
  text: Text;
  minutes?: number | null;
}

export interface NextProposal {
  visit: Visit;
  reasons: Reason[];
}

export interface Seat {
  counter_id: string;
  name: string;
  state: CounterState;
  ticket?: string | null;
  service?: Text | null;
  since?: Instant | null;
  planned_min?: number | null;
  mine: boolean;
}

export interface Expected {
  booking_id: string;
  starts_at: Instant;
  name: string;
  items: Item[];
  planned_min: number;
  late_min?: number | null;
  notified: Notified;
}

export interface QueueView {
  office: OfficeRef;
  generated_at: Instant;
  clock: Clock;
  my_counter?: CounterRef | null;
  current?: Visit | null;
  next?: NextProposal | null;
  seats: Seat[];
  here: Visit[];
  late: Expected[];
  expected: Expected[];
  wait_walk_in?: WaitRange | null;
  wait_appointment?: WaitRange | null;
  missed: Visit[];
  parked: Visit[];
}

export interface DayBooking {
  booking_id: string;
  starts_at: Instant;
  ends_at: Instant;
  name: string;
  state: AppointmentState;
  items: Item[];
  number?: string | null;
}

export interface CounterSession {
  ticket: string;
  starts_at: Instant;
  ends_at?: Instant | null;
  service: Text;
}

export interface DayView {
  day: Day;
  office: OfficeRef;
  bookings: DayBooking[];
  counters: { name: string; sessions: CounterSession[] }[];
  capacity: { starts_at: Instant; ends_at: Instant; public: number; staff: number; used: number }[];
}

export interface StaffBookingRequest {
  items: ItemRequest[];
  pool_id: string;
  starts_at: Instant;
  name: string;
  phone?: string | null;
  email?: string | null;
  remark?: string | null;
  language: string;
}

// ── administration ──────────────────────────────────────────────────────────────────────────────────────────

export interface DeviceRow {
  id: string;
  kind: 'terminal' | 'display';
  name: string;
  office: OfficeRef;
  state: 'awaiting' | 'active' | 'revoked';
  enrolled_at?: Instant | null;
  last_seen_at?: Instant | null;
  zones: string[];
}

export interface DeviceRequest {
  kind: 'terminal' | 'display';
  name: string;
  office_id: string;
  zone_ids: string[];
}

export interface EnrolmentCode {
  enrolment_code: string;
  expires_at: Instant;
}

export interface NewDevice extends EnrolmentCode {
  device: DeviceRow;
}

export interface StaffRow {
  id: string;
  login: string;
  name: string;
  role: Role;
  active: boolean;
  last_seen_at?: Instant | null;
}

export interface StaffRequest {
  login: string;
  name: string;
  role: Role;
  password: string;
}

// ── operations ──────────────────────────────────────────────────────────────────────────────────────────────

export type MessageState =
  | 'held'
  | 'queued'
  | 'enqueued'
  | 'sending'
  | 'accepted'
  | 'sent'
  | 'delivered'
  | 'uncertain'
  | 'undelivered'
  | 'failed'
  | 'expired'
  | 'superseded'
  | 'suppressed'
  | 'cancelled';

export interface StateCount {
  state: MessageState;
  count: number;
}

export interface Lane {
  lane: 'codes' | 'calls' | 'dialogue' | 'sms';
  waiting: number;
  oldest_seconds?: number | null;
  per_minute: number;
  p95_seconds?: number | null;
  provider: string;
}

export interface OpsWorker {
  name: string;
  lanes: string[];
  started_at: Instant;
  heartbeat_age_seconds: number;
  alive: boolean;
}

export interface OpsJob {
  name: string;
  every_seconds: number;
  last_run_at?: Instant | null;
  last_result?: 'ok' | 'failed' | null;
  last_note?: string | null;
  next_run_at?: Instant | null;
}

export interface MinuteCount {
  at: Instant;
  sent: number;
  reminders: number;
  failed: number;
}

export interface OpsOverview {
  generated_at: Instant;
  waiting: { count: number; overdue: number };
  oldest_due_seconds?: number | null;
  to_provider_p95_seconds?: number | null;
  delivered_share?: number | null;
  failed_open: number;
  per_minute: MinuteCount[];
  lanes: Lane[];
  by_state: StateCount[];
  workers: OpsWorker[];
  jobs: OpsJob[];
  queue_backend: 'in_process' | 'redis';
  queue_ok: boolean;
}

export interface MessageRow {
  id: string;
  created_at: Instant;
  kind: string;
  channel: string;
  recipient: string;
  state: MessageState;
  attempts: number;
  segments: number;
  provider_ref?: string | null;
  booking_id?: string | null;
  due_at: Instant;
}

export interface MessageList {
  messages: MessageRow[];
  next?: string | null;
  counts: StateCount[];
}

export interface MessageEvent {
  at: Instant;
  event: string;
  title: Text;
  detail?: string | null;
  tone: 'ok' | 'run' | 'warn' | 'bad' | 'off';
}

export interface MessageAttempt {
  no: number;
  started_at: Instant;
  finished_at?: Instant | null;
  outcome: string;
  http_status?: number | null;
  error_code?: string | null;
}

export interface MessageDetail extends Omit<MessageRow, 'attempts'> {
  text_masked: string;
  language: string;
  template: string;
  expires_at: Instant;
  timeline: MessageEvent[];
  attempts: MessageAttempt[];
  may_retry: boolean;
  may_cancel: boolean;
}

// ── demo ────────────────────────────────────────────────────────────────────────────────────────────────────

export interface DemoPhone {
  number: string;
  last_at: Instant;
  preview: string;
  unread?: number | null;
}

export interface DemoMessage {
  id: string;
  direction: 'to_phone' | 'from_phone';
  body: string;
  at: Instant;
  state: string;
}

export interface DemoPhones {
  numbers: DemoPhone[];
}

export interface Demo {
  surfaces: { name: string; url: string }[];
  logins: { role: string; login: string; password: string }[];
  speed: number;
  data_dir: string;
}
