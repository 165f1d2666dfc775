/** The hash of `Bob-both-roles`, in the form of WordPress 6.8 with cost 10. */
export const bcryptPassword = '$wp$2y$10$bz6h6w6sVl3SzYweX.V4zOBUubjsZLxVJUBz.BXnYhlq3LmwErAU.';
