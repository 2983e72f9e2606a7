// The operations of the HTTP API in the shape openapi-fetch reads. Hand-written from the contract until the backend's
// openapi.json is there; `npm run gen` then writes schema.d.ts and this file re-exports its `paths`.
import type * as T from './types';

type Refusals = { default: { headers: Record<string, unknown>; content: { 'application/problem+json': T.Problem } } };
type Answer<Status extends number, Body> = {
  [status in Status]: { headers: Record<string, unknown>; content: { 'application/json': Body } };
} & Refusals;
type Parameters<Path, Query> = {
  path?: Path;
  query?: Query;
  header?: { 'Idempotency-Key'?: string };
  cookie?: never;
};
type Operation<Body, Status extends number, Result, Path = never, Query = never> = {
  parameters: [Path] extends [never]
    ? Parameters<never, Query>
    : Omit<Parameters<never, Query>, 'path'> & { path: Path };
  responses: Answer<Status, Result>;
} & ([Body] extends [never] ? { requestBody?: never } : { requestBody: { content: { 'application/json': Body } } });

type Get<Result, Path = never, Query = never> = { get: Operation<never, 200, Result, Path, Query> };
type Post<Body, Result, Path = never, Status extends number = 200> = { post: Operation<Body, Status, Result, Path> };
type Id = { id: string };
type Nothing = unknown;
type Reason = { reason: string };

export interface paths {
  '/town': Get<T.Town>;
  '/services': Get<T.ServiceList>;
  '/services/{slug}': Get<T.Service, { slug: string }>;
  '/slots': Get<T.Slots, never, { items: string; office?: string; from?: T.Day; days?: number }>;
  '/live-board': Get<T.LiveBoard>;

  '/holds': Post<T.HoldRequest, T.Hold, never, 201>;
  '/holds/{id}': { delete: Operation<never, 204, Nothing, Id> };
  '/holds/{id}/extend': Post<never, T.Hold, Id>;
  '/bookings': Post<T.BookingRequest, T.PendingBooking, never, 201>;
  '/bookings/{id}/verify': Post<{ code: string }, T.BookedAppointment, Id>;
  '/bookings/{id}/resend-code': Post<never, T.Challenge, Id>;
  '/bookings/{id}/phone': { patch: Operation<{ phone: string }, 200, T.Challenge, Id> };
  '/appointment': Get<T.Appointment>;
  '/appointment/cancel': Post<never, T.Appointment>;
  '/ticket': Get<T.Ticket>;
  '/ticket/rejoin': Post<never, T.Ticket>;
  '/ticket/leave': Post<never, T.Ticket>;

  '/devices/enrol': Post<{ code: string }, T.EnrolledDevice, never, 201>;
  '/device': Get<T.Device>;
  '/check-ins': Post<T.CheckInRequest, T.CheckIn>;
  '/check-ins/lost-code': Post<T.LostCodeRequest, Nothing, never, 202>;
  '/terminal': Get<T.TerminalView>;
  '/tickets': Post<T.TicketRequest, T.CheckIn, never, 201>;
  '/display': Get<T.DisplayView>;

  '/staff/sign-in': Post<T.SignInRequest, T.StaffMe>;
  '/staff/sign-out': Post<never, Nothing, never, 204>;
  '/staff/me': Get<T.StaffMe>;
  '/counters': Get<T.Counter[]>;
  '/counters/{id}/open': Post<never, T.StaffMe, Id>;
  '/counters/{id}/close': Post<never, T.StaffMe, Id>;
  '/counters/{id}/pause': Post<{ paused: boolean }, T.StaffMe, Id>;
  '/queue': Get<T.QueueView, never, { office?: string }>;
  '/queue/call-next': Post<{ counter_id: string }, T.Visit>;
  '/visits/{id}/call': Post<{ counter_id: string }, T.Visit, Id>;
  '/visits/{id}/recall': Post<never, T.Visit, Id>;
  '/visits/{id}/put-back': Post<never, T.Visit, Id>;
  '/visits/{id}/leave': Post<never, T.Visit, Id>;
  '/visits/{id}/start': Post<never, T.Visit, Id>;
  '/visits/{id}/finish': Post<{ delivered: T.ItemRequest[] }, T.Visit, Id>;
  '/visits/{id}/missed': Post<never, T.Visit, Id>;
  '/visits/{id}/park': Post<{ reason?: string }, T.Visit, Id>;
  '/visits/{id}/resume': Post<never, T.Visit, Id>;
  '/visits/{id}/rejoin': Post<never, T.Visit, Id>;
  '/bookings/{id}/check-in': Post<never, T.Visit, Id>;
  '/bookings/{id}/no-show': Post<never, Nothing, Id, 204>;
  '/bookings/{id}/cancel': Post<{ reason?: string }, Nothing, Id, 204>;
  '/day': Get<T.DayView, never, { office?: string; day?: T.Day }>;
  '/staff/bookings': Post<T.StaffBookingRequest, { appointment: T.Appointment }, never, 201>;

  '/devices': Get<T.DeviceRow[]> & Post<T.DeviceRequest, T.NewDevice, never, 201>;
  '/devices/{id}/new-code': Post<never, T.EnrolmentCode, Id>;
  '/devices/{id}/revoke': Post<never, T.DeviceRow, Id>;
  '/staff': Get<T.StaffRow[]> & Post<T.StaffRequest, T.StaffRow, never, 201>;
  '/staff/{id}/deactivate': Post<never, T.StaffRow, Id>;

  '/ops/overview': Get<T.OpsOverview, never, { hours?: number }>;
  '/ops/messages': Get<
    T.MessageList,
    never,
    { state?: string; kind?: string; search?: string; cursor?: string; limit?: number }
  >;
  '/ops/messages/{id}': Get<T.MessageDetail, Id>;
  '/ops/messages/{id}/retry': Post<Reason, T.MessageDetail, Id>;
  '/ops/messages/{id}/cancel': Post<Reason, T.MessageDetail, Id>;
  '/ops/messages/{id}/reveal': Post<Reason, { text: string; recipient: string }, Id>;

  '/demo': Get<T.Demo>;
  '/demo/phones': Get<T.DemoPhone[]>;
  '/demo/phones/{number}': Get<T.DemoMessage[], { number: string }>;
  '/demo/phones/{number}/reply': Post<{ body: string }, Nothing, { number: string }, 202>;
}
