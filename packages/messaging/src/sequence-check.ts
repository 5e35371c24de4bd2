/** How a message stands to what was read of its key before. */
export type SequenceVerdict =
  /** The next one, or the first that is seen. */
  | { is: 'NEXT' }
  /** It was here before; an older one must not undo a newer one. */
  | { is: 'REPEAT' }
  /** Messages `from` to `to` have not been seen. */
  | { is: 'GAP'; from: number; to: number };

/**
 * @param last the highest number seen of this key, 0 where there is none
 * @param sequence that of the message
 */
export function checkSequence(last: number, sequence: number): SequenceVerdict {
  if (sequence <= last) return { is: 'REPEAT' };
  if (sequence === last + 1) return { is: 'NEXT' };
  return { is: 'GAP', from: last + 1, to: sequence - 1 };
}
