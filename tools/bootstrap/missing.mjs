/** Something that the person has to put right; its message is one sentence and all they see. */
export class Missing extends Error {}
