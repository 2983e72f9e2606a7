// Which appointment was booked just now: only then its page congratulates.
let token = $state<string | null>(null);

export const justBooked = {
  get token(): string | null {
    return token;
  },
  set token(booked: string | null) {
    token = booked;
  },
};
