/** An Express 5 route that does nothing: the cost of the framework alone. */
import express from 'express';

express()
  .get('/wc-auth/v1/verify', (_request, response) => void response.end())
  .listen(Number(process.env['PORT']), '127.0.0.1');
