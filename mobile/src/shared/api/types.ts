// Short names for the shapes of the HTTP API. The shapes themselves stand in schema.d.ts, written by `npm run gen`.
import type { components } from './schema';

/** The server writes null where it has no value, which the schema can only call optional. */
type Told<T> = T extends readonly (infer One)[]
  ? Told<One>[]
  : T extends object
    ? { [Key in keyof T]: undefined extends T[Key] ? Told<T[Key]> | null : Told<T[Key]> }
    : T;
type Schemas = { [Name in keyof components['schemas']]: Told<components['schemas'][Name]> };

/** An instant in UTC, RFC 3339. */
export type Instant = string;
/** A local day, YYYY-MM-DD. */
export type Day = string;

export type Text = Schemas['Text'];
export type Problem = Schemas['Problem'];
export type FieldProblem = Schemas['FieldProblem'];

/** What a refusal may carry; which of it depends on the code, so the API leaves it open. */
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

export type Clock = Schemas['Clock'];
export type Zone = Schemas['Zone'];
export type Office = Schemas['Office'];
export type OfficeRef = Schemas['OfficeRef'];
export type OfficeAddress = Schemas['OfficeAddress'];
export type Town = Schemas['Town'];
export type Department = Schemas['Department'];
export type ServiceSummary = Schemas['ServiceSummary'];
export type ServiceList = Schemas['ServiceList'];
export type Service = Schemas['Service'];
export type Fee = Schemas['Fee'];
export type Slot = Schemas['Slot'];
/** The answer as it travels; `freeSlots` in ../slots.ts makes `Slots` of it. */
export type SlotsAnswer = Schemas['Slots'];

/** A local day and its free slots. */
export interface SlotDay {
  day: Day;
  /** Whether any counter opens on it. */
  open: boolean;
  slots: Slot[];
}

/** The free slots of some days. */
export interface Slots {
  duration_min: number;
  days: SlotDay[];
  /** The soonest of them. */
  earliest: Slot | null;
  horizon_day: Day;
}
export type WaitRange = Schemas['WaitRange'];
export type AccuracyFigures = Schemas['AccuracyFigures'];
export type AccuracyReport = Schemas['AccuracyReport'];
export type LiveBoard = Schemas['LiveBoard'];
export type LiveBoardOffice = Schemas['LiveOffice'];

// ── booking ─────────────────────────────────────────────────────────────────────────────────────────────────

export type Item = Schemas['Item'];
export type ItemRequest = Schemas['ItemRequest'];
export type Hold = Schemas['Hold'];
export type Challenge = Schemas['Challenge'];
export type Appointment = Schemas['Appointment'];
export type BookedAppointment = Schemas['BookedAppointment'];
export type WaitingWish = Schemas['WaitingWish'];
export type WaitingEntry = Schemas['WaitingEntry'];
export type PendingWaiting = Schemas['PendingWaiting'];
export type SlotOffer = Schemas['SlotOffer'];
export type Ticket = Schemas['Ticket'];
export type TicketState = Schemas['TicketState'];
export type TicketCounter = Schemas['TicketCounter'];

// ── terminal and display ────────────────────────────────────────────────────────────────────────────────────

export type Device = Schemas['Device'];
export type EnrolledDevice = Schemas['EnrolledDevice'];
export type CheckIn = Schemas['CheckIn'];
export type TerminalView = Schemas['TerminalView'];
export type DisplayCall = Schemas['DisplayCall'];
export type DisplayView = Schemas['DisplayView'];

// ── staff ───────────────────────────────────────────────────────────────────────────────────────────────────

export type Role = Schemas['Role'];
export type StaffMe = Schemas['StaffMe'];
export type StaffRow = Schemas['StaffRow'];
export type Counter = Schemas['Counter'];
export type CounterRef = Schemas['CounterRef'];
export type Visit = Schemas['Visit'];
export type Reason = Schemas['Reason'];
export type NextProposal = Schemas['NextProposal'];
export type Seat = Schemas['Seat'];
export type Expected = Schemas['Expected'];
export type Emergency = Schemas['Emergency'];
export type FoundBooking = Schemas['FoundBooking'];
export type FoundPeople = Schemas['FoundPeople'];
export type QueueView = Schemas['QueueView'];
export type DayBooking = Schemas['DayBooking'];
export type DayView = Schemas['DayView'];
export type DeviceRow = Schemas['DeviceRow'];
export type NewDevice = Schemas['Enrolment'];
export type EnrolmentCode = Omit<NewDevice, 'device'>;

// ── planning ────────────────────────────────────────────────────────────────────────────────────────────────

export type PlanWeek = Schemas['PlanWeek'];
export type PlanPool = Schemas['PlanPool'];
export type PlanClosure = Schemas['PlanClosure'];
export type PlanConflict = Schemas['PlanConflict'];
export type Undoable = Schemas['Undoable'];
export type OpeningBody = Schemas['OpeningBody'];
export type TermsBody = Schemas['TermsBody'];
export type TownAdmission = Schemas['TownAdmission'];
export type OfficeAdmission = Schemas['OfficeAdmission'];
export type TownNotices = Schemas['TownNotices'];
export type OfficeNotice = Schemas['OfficeNotice'];
export type SetupChange = Schemas['SetupChange'];
export type TownText = Schemas['TownText'];
export type TextPreview = Schemas['TextPreview'];
export type TextVersion = Schemas['TextVersion'];
export type Invitation = Schemas['Invitation'];
export type SetupBrings = Schemas['SetupBrings'];
export type PlanServices = Schemas['PlanServices'];
export type PlanService = Schemas['PlanService'];
export type EditedService = Schemas['EditedService'];
export type ServiceBody = Schemas['ServiceBody'];
export type OfferBody = Schemas['OfferBody'];
export type OfferPlace = Schemas['OfferPlace'];
export type FeesBody = Schemas['FeesBody'];
export type OnlineBody = Schemas['OnlineBody'];
export type FormBody = Schemas['FormBody'];

// ── statistics ──────────────────────────────────────────────────────────────────────────────────────────────

export type KeyFigures = Schemas['KeyFigures'];
export type TimeFigures = Schemas['TimeFigures'];
export type StatisticsAnswer = Schemas['StatisticsAnswer'];
export type StatisticsOffice = Schemas['StatisticsOffice'];
export type StatisticsService = Schemas['StatisticsService'];
export type Durations = Schemas['Durations'];
export type ServiceDuration = Schemas['ServiceDuration'];
export type Staffing = Schemas['Staffing'];
export type StaffingEffect = Schemas['StaffingEffect'];

// ── operations ──────────────────────────────────────────────────────────────────────────────────────────────

export type StateCount = Schemas['StateCount'];
export type Lane = Schemas['Lane'];
export type JobCount = Schemas['JobCount'];
export type OpsJob = Schemas['OpsJob'];
export type OpsWorker = Schemas['OpsWorker'];
export type Throughput = Schemas['Throughput'];
export type KindBacklog = Schemas['KindBacklog'];
export type OpsOverview = Schemas['OpsOverview'];
export type MessageRow = Schemas['MessageRow'];
export type MessageList = Schemas['MessageList'];
export type InboundRow = Schemas['InboundRow'];
export type OutcomeCount = Schemas['OutcomeCount'];
export type MessageEvent = Schemas['MessageEvent'];
export type MessageAttempt = Schemas['MessageAttempt'];
export type MessageDetail = Schemas['MessageDetail'];
export type MessageQuery = Schemas['MessageQuery'];
export type BulkQuery = Schemas['BulkQuery'];
export type BulkPreview = Schemas['BulkPreview'];
export type OpsBulk = Schemas['OpsBulk'];
export type Forecast = Schemas['Forecast'];
export type OpsOptOut = Schemas['OpsOptOut'];
export type OptOutList = Schemas['OptOutList'];
export type OpsAct = Schemas['OpsAct'];
export type OpsActList = Schemas['OpsActList'];
export type MessagePause = Schemas['MessagePause'];
export type MessagePauses = Schemas['MessagePauses'];
export type SmsProviders = Schemas['SmsProviders'];
export type SmsProviderState = Schemas['SmsProviderState'];
export type ProviderBreaker = Schemas['ProviderBreaker'];
export type OpsBudget = Schemas['OpsBudget'];

// ── demo ────────────────────────────────────────────────────────────────────────────────────────────────────

export type Demo = Schemas['DemoGuide'];
export type DemoPhone = Schemas['DemoPhone'];
export type DemoPhones = Schemas['DemoPhones'];
export type DemoMail = Schemas['DemoMail'];
export type DemoMessage = Schemas['DemoSms'];
