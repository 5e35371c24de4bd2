/** Every request is answered within 5 s; what has not been by then is 503, a little earlier, so that it arrives. */
export const ANSWER_MS_MAX = 4_500;
