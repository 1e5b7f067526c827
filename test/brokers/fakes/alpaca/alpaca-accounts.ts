import type { VenueLanguage, VenueRequest } from '../http-venue.ts';
import { FakeAlpaca } from './alpaca.ts';

/** One Alpaca with several accounts: the keys of a request tell which of them it is about. */
export function alpacaWith(accounts: readonly FakeAlpaca[]): VenueLanguage {
  const nobodys = new FakeAlpaca({ keyId: '', secretKey: '' });
  const meantBy = ({ headers }: VenueRequest): FakeAlpaca =>
    accounts.find(({ keys }) => keys.keyId === headers['apca-api-key-id']) ?? nobodys;
  return {
    callOf: (request) => meantBy(request).callOf(request),
    answer: (request, fills) => meantBy(request).answer(request, fills),
    refuse: (request, fault) => meantBy(request).refuse(request, fault),
  };
}
