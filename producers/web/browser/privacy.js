// Who is not tracked. What a visitor told this very site goes before what his browser tells all of them.

/** Whether a switch of a page is on, however pages write that: 1, true, "1". */
export const isOn = (value) => Boolean(value) && value !== "0" && value !== "false";

/** Whether the browser says that its user is not to be tracked: Global Privacy Control, Do Not Track. */
export const browserObjects = ({ navigator, doNotTrack }) =>
  navigator.globalPrivacyControl === true || [navigator.doNotTrack, doNotTrack].includes("1");

/** Whether anything may be sent. Consent that the visitor gave to the page is more than the browser's word. */
export const mayTrack = (page, consent) => consent === true || !browserObjects(page);
