/** The hash of `made-up-password`, in the form of WordPress 6.8 with cost 4. */
export const bcryptPassword = '$wp$2y$10$bz6h6w6sVl3SzYweX.V4zOBUubjsZLxVJUBz.BXnYhlq3LmwErAU.';
